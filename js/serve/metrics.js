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

/** Writes what a server counts in the text format of Prometheus. */
class Metrics {
  /** What the text is, for its header. */
  static contentType = 'text/plain; version=0.0.4; charset=utf-8'

  #handler
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION })

  /** @param {{ stats(): object }} handler */
  constructor(handler) {
    this.#handler = handler
    this.#delay.enable()
  }

  /** @returns {string} the values of this moment. */
  text() {
    const stats = this.#handler.stats()
    const { heapUsed, rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return [
      ...COUNTERS.map(([name, kind, help, key]) => metric(name, kind, help, [['', stats[key]]])),
      typeof stats.loopLag === 'number' &&
      metric('python_node_python_loop_lag_seconds', 'gauge', 'How late the event loop of Python runs what is due.', [
        ['', stats.loopLag / 1000],
      ]),
      this.#delays(),
      metric('process_resident_memory_bytes', 'gauge', 'Memory of the process, Node and Python.', [['', rss]]),
      metric('nodejs_heap_used_bytes', 'gauge', 'Memory that JavaScript uses.', [['', heapUsed]]),
      metric('process_cpu_seconds_total', 'counter', 'Processor time, Node and Python.', [['', (user + system) / 1e6]]),
      metric('process_start_time_seconds', 'gauge', 'When the process started, since 1970.', [
        ['', performance.timeOrigin / 1000],
      ]),
    ].filter(Boolean).join('')
  }

  /** Stops looking. */
  close() {
    this.#delay.disable()
  }

  /** How late the event loop of JavaScript was since the last time this was asked. */
  #delays() {
    const delay = this.#delay
    const values = QUANTILES.map((each) => [`{quantile="${each}"}`, lateness(delay.percentile(each * 100))])
    const longest = lateness(delay.max)
    delay.reset()
    return metric(
      'nodejs_eventloop_delay_seconds',
      'gauge',
      'How late the event loop of JavaScript runs what is due.',
      [
        ...values,
        ['{quantile="1"}', longest],
      ],
    )
  }
}

/** The histogram holds the nanoseconds between two looks, which are at least those that were asked for. */
function lateness(nanoseconds) {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1000)
}

function metric(name, kind, help, values) {
  const lines = values.map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}

module.exports = { Metrics }
