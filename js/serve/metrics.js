'use strict'

const { monitorEventLoopDelay } = require('node:perf_hooks')

/** ms between two looks at the event loop. */
const RESOLUTION = 20

const QUANTILES = [0.5, 0.9, 0.99]

/** What the handler counts: name, kind, help, and the key in its `stats()`. */
const COUNTERS = [
  ['python_node_requests_total', 'counter', 'Requests handed to the app.', 'requests'],
  ['python_node_requests_in_flight', 'gauge', 'Requests and WebSockets whose response has not ended.', 'inFlight'],
  ['python_node_errors_total', 'counter', 'Requests that ended with an error of the app.', 'errors'],
  ['python_node_disconnects_total', 'counter', 'Requests whose client left before their end.', 'disconnects'],
  ['python_node_request_body_bytes_total', 'counter', 'Bytes of request bodies.', 'bytesIn'],
  ['python_node_response_body_bytes_total', 'counter', 'Bytes of response bodies.', 'bytesOut'],
  ['python_node_websockets_total', 'counter', 'WebSockets handed to the app.', 'websockets'],
]

/**
 * Something that is counted, as a scraper knows it.
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'counter' | 'gauge'} kind
 * @property {string} help one sentence.
 * @property {Array<[labels: object, value: number]>} values
 */

/** A family with one value. */
const one = (name, kind, help, value) => ({ name, kind, help, values: [[{}, value]] })

/** What a server counts. */
class Metrics {
  #handler
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION })

  /** @param {{ stats(): object }} handler */
  constructor(handler) {
    this.#handler = handler
    this.#delay.enable()
  }

  /** @returns {Family[]} the values of this moment. */
  families() {
    const stats = this.#handler.stats()
    const { heapUsed, rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const lag = stats.loopLag / 1000
    const started = performance.timeOrigin / 1000
    return [
      ...COUNTERS.map(([name, kind, help, key]) => one(name, kind, help, stats[key])),
      one('python_node_python_loop_lag_seconds', 'gauge', 'How late the event loop of Python runs what is due.', lag),
      this.#delays(),
      one('process_resident_memory_bytes', 'gauge', 'Memory of the process, Node and Python.', rss),
      one('nodejs_heap_used_bytes', 'gauge', 'Memory that JavaScript uses.', heapUsed),
      one('process_cpu_seconds_total', 'counter', 'Processor time, Node and Python.', (user + system) / 1e6),
      one('process_start_time_seconds', 'gauge', 'When the process started, since 1970.', started),
    ]
  }

  /** Stops looking. */
  close() {
    this.#delay.disable()
  }

  /** How late the event loop of JavaScript was since the last time this was asked. */
  #delays() {
    const delay = this.#delay
    const values = QUANTILES.map((each) => [{ quantile: each }, lateness(delay.percentile(each * 100))])
    values.push([{ quantile: 1 }, lateness(delay.max)])
    delay.reset()
    const help = 'How late the event loop of JavaScript runs what is due.'
    return { name: 'nodejs_eventloop_delay_seconds', kind: 'gauge', help, values }
  }
}

/** The histogram holds the nanoseconds between two looks, which are at least those that were asked for. */
function lateness(nanoseconds) {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1000)
}

/** What `metricsText` writes, for its header. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Writes what servers count in the text format of Prometheus.
 *
 * @param {Array<{ labels: object, families: Family[] }>} samples one for each server, with what tells it from the others.
 * @returns {string}
 */
function metricsText(samples) {
  const families = new Map()
  for (const { labels, families: own } of samples) {
    for (const { name, kind, help, values } of own) {
      if (!families.has(name)) families.set(name, [`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`])
      for (const [more, value] of values) {
        families.get(name).push(`${name}${labelsText({ ...labels, ...more })} ${value}\n`)
      }
    }
  }
  return [...families.values()].flat().join('')
}

function labelsText(labels) {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return texts.length === 0 ? '' : `{${texts.join(',')}}`
}

module.exports = { METRICS_TYPE, Metrics, metricsText }
