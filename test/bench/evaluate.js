'use strict'

const { compareRounds } = require('./summary')
const { withUnit } = require('./units')

/**
 * A target and what was measured.
 *
 * @typedef {object} Outcome
 * @property {string} work
 * @property {Judgement[]} any
 * @property {boolean} isMet whether one of them is
 */

/**
 * @typedef {object} Judgement
 * @property {string} text what is required
 * @property {number} [least]
 * @property {number} [most]
 * @property {string} unit
 * @property {number} measured
 * @property {boolean} isMet
 */

/**
 * Finds out which targets are met.
 *
 * @param {import('./targets').Target[]} targets
 * @param {import('./summary').Summary[]} rows
 * @returns {Outcome[]} of the targets whose rows were measured; a condition whose rows were not is left out.
 */
function evaluate(targets, rows) {
  return targets.flatMap(({ work, any }) => {
    const judged = any.map((condition) => judge(condition, rows)).filter((one) => one !== null)
    return judged.length === 0 ? [] : [{ work, any: judged, isMet: judged.some(({ isMet }) => isMet) }]
  })
}

function judge({ of, cpu, over, minus, than, least, most }, rows) {
  const find = (id) => rows.find((row) => row.id === id)
  const row = find(of)
  const other = find(over ?? minus)
  if (row === undefined || (other === undefined && (over ?? minus) !== undefined)) return null
  const numbers = (each) => (cpu === undefined ? each.values : timesOf(each, cpu))
  // A ratio has no unit, a share neither.
  const unit = over === undefined ? (cpu === undefined ? row.unit : 'µs') : ''
  const measured = measure(numbers(row), other === undefined ? null : numbers(other), over !== undefined)
  return {
    text: requirement({ least, most, isRatio: over !== undefined, unit, than }),
    ...(least === undefined ? { most } : { least }),
    unit,
    measured,
    isMet: least === undefined ? measured <= most : measured >= least,
  }
}

/** The CPU times of a thread in each round, or of both together. */
function timesOf({ microseconds }, cpu) {
  if (cpu !== 'both') return microseconds[cpu]
  return microseconds.node.map((time, round) => time + microseconds.python[round])
}

function measure(values, others, isRatio) {
  if (others === null) return compareRounds(values, values, (value) => value)
  return isRatio ? compareRounds(values, others) : compareRounds(values, others, (value, other) => value - other)
}

/** `≥ 25 × uvicorn`, `≤ 4 KiB above plain Python`, `≥ 2 GiB/s`. */
function requirement({ least, most, isRatio, unit, than }) {
  const bound = `${least === undefined ? '≤' : '≥'} ${least ?? most}`
  if (isRatio) return `${bound} × ${than}`
  const amount = unit === '' ? bound : `${bound} ${unit}`
  return than === undefined ? amount : `${amount} above ${than}`
}

/** The measured value of a condition, as text. */
const measuredText = ({ measured, unit }) => withUnit(measured, unit)

module.exports = { evaluate, measuredText }
