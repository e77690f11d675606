'use strict'

/** The content type of the text of `metricsText`. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * A metric family: all values of one name.
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'counter' | 'gauge' | 'histogram'} kind
 * @property {string} help the description, one sentence.
 * @property {Array<[suffix: string, labels: object, value: number]>} samples the suffix of the name is `_bucket`,
 *   `_sum` or `_count` for a histogram, else empty.
 */

/** Makes a family with one value, or with a value per set of labels: `[[labels, value], …]`. */
function family(name, kind, help, values) {
  const pairs = Array.isArray(values) ? values : [[{}, values]]
  return { name, kind, help, samples: pairs.map(([labels, value]) => ['', labels, value]) }
}

/** A histogram: counts values per bucket. There is one more bucket than bounds. */
class Histogram {
  #bounds
  #counts
  #sum = 0

  /** @param {number[]} bounds the largest value of each bucket except the last, ascending. */
  constructor(bounds) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  /** Adds a value. */
  observe(value) {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > bounds[at]) at++
    this.#counts[at]++
    this.#sum += value
  }

  /**
   * @param {string} name
   * @param {string} help
   * @param {{ counts: number[], sum: number }} [more] values counted elsewhere with the same bounds, which are added.
   * @returns {Family}
   */
  family(name, help, more = { counts: [], sum: 0 }) {
    const samples = []
    let count = 0
    for (const [at, own] of this.#counts.entries()) {
      count += own + (more.counts[at] ?? 0)
      samples.push(['_bucket', { le: at < this.#bounds.length ? String(this.#bounds[at]) : '+Inf' }, count])
    }
    samples.push(['_sum', {}, this.#sum + more.sum], ['_count', {}, count])
    return { name, kind: 'histogram', help, samples }
  }
}

/** Adds a label to all samples of some families. */
function labelled(families, label) {
  return families.map((each) => ({
    ...each,
    samples: each.samples.map(([suffix, labels, value]) => [suffix, { ...label, ...labels }, value]),
  }))
}

/** Merges families of the same name; values with the same labels are added up. */
function merged(families) {
  const byName = new Map()
  for (const { samples, ...about } of families) {
    let entry = byName.get(about.name)
    if (entry === undefined) byName.set(about.name, entry = { about, samples: new Map() })
    for (const [suffix, labels, value] of samples) {
      const key = suffix + labelsText(labels)
      const known = entry.samples.get(key)
      if (known === undefined) entry.samples.set(key, [suffix, labels, value])
      else known[2] += value
    }
  }
  return Array.from(byName.values(), ({ about, samples }) => ({ ...about, samples: [...samples.values()] }))
}

/**
 * Writes families in Prometheus' text format.
 *
 * @param {Family[]} families each with a name of its own.
 * @returns {string}
 */
function metricsText(families) {
  let text = ''
  for (const { name, kind, help, samples } of families) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`
    for (const [suffix, labels, value] of samples) text += `${name}${suffix}${labelsText(labels)} ${value}\n`
  }
  return text
}

/** Writes labels. Their values need no escaping: they are numbers and words of this package. */
function labelsText(labels) {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return texts.length === 0 ? '' : `{${texts.join(',')}}`
}

module.exports = { Histogram, METRICS_TYPE, family, labelled, merged, metricsText }
