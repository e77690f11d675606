'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { missing, python } = require('../frameworks/servers')
const { send } = require('../support')

/** How often metrics are looked at before they will never be as expected: each look starts a process. */
const MOST_LOOKS = 200

/** Why metrics cannot be read here, for the option `skip` of a test; `false` when they can. */
const lacksParser = (() => {
  const modules = missing(['prometheus_client', 'fastapi'])
  return modules !== '' && `.venv lacks ${modules}: npm test installs what the tests need`
})()

/** Parses a text with Prometheus' own client, which refuses malformed text. */
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families

json.dump([
    {
        "name": family.name,
        "type": family.type,
        "help": family.documentation,
        "samples": [{"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples],
    }
    for family in text_string_to_metric_families(sys.stdin.read())
], sys.stdout)
`

/** Metrics that were read. */
class Metrics {
  /** @param {string} text in Prometheus' format. */
  constructor(text) {
    const { status, stdout, stderr } = spawnSync(python, ['-c', PARSE], { input: text, encoding: 'utf8' })
    assert.equal(status, 0, `${stderr}\n${text}`)
    this.text = text
    this.families = JSON.parse(stdout)
    const names = this.families.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length, 'the samples of a family come together')
    this.samples = this.families.flatMap(({ samples }) => samples)
  }

  /** The only value of a sample with that name and those labels; `undefined` where there is none. */
  value(name, labels = {}) {
    const found = this.samples.filter((sample) => sample.name === name && has(sample.labels, labels))
    assert.ok(found.length <= 1, `${name} is there ${found.length} times:\n${this.text}`)
    return found[0]?.value
  }

  /** The values of a counter, as `{ 'GET 200': 1 }`. */
  counts(name) {
    const samples = this.samples.filter((sample) => sample.name === name)
    return Object.fromEntries(samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]))
  }
}

function has(labels, wanted) {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value)
}

/**
 * Asks a server for its metrics.
 *
 * @param {number} port
 * @param {object} [options] of the request.
 * @returns {Promise<Metrics>}
 */
async function ask(port, options) {
  const { status, headers, body } = await send({ port, path: '/metrics', agent: false, ...options })
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  return new Metrics(body.toString())
}

/** Asks until the metrics are as they are expected: a response may be counted after its client has all of it. */
async function askUntil(port, isExpected, options) {
  let metrics
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    metrics = await ask(port, options)
    if (isExpected(metrics)) return metrics
  }
  assert.fail(`it did not come to ${isExpected}:\n${metrics.text}`)
}

module.exports = { Metrics, ask, askUntil, lacksParser }
