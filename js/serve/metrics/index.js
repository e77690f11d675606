'use strict'

const { family } = require('./families')
const { LoopDelay } = require('./loop-delay')
const { processFamilies } = require('./process-families')

/** The counters of the handler: name, kind, help, and the key in its `stats()`. */
const HANDLERS = [
  ['python_node_requests_in_flight', 'gauge', 'Requests and WebSockets whose response has not ended.', 'inFlight'],
  ['python_node_errors_total', 'counter', 'Requests that ended with an error of the app.', 'errors'],
  ['python_node_disconnects_total', 'counter', 'Requests whose client left before their end.', 'disconnects'],
  ['python_node_request_body_bytes_total', 'counter', 'Bytes of request bodies and of messages received.', 'bytesIn'],
  ['python_node_response_body_bytes_total', 'counter', 'Bytes of response bodies and of messages sent.', 'bytesOut'],
]

/**
 * The metrics of one server at one time.
 *
 * @typedef {object} Sample
 * @property {import('./families').Family[]} served about its requests; those of several workers are added up.
 * @property {import('./families').Family[]} process about its process; each worker's are reported separately.
 */

/** The metrics of one server. */
class ServerMetrics {
  #handler
  #requests
  #delay = new LoopDelay()

  /**
   * @param {{ stats(): object }} handler
   * @param {import('./request-metrics').RequestMetrics} requests
   */
  constructor(handler, requests) {
    this.#handler = handler
    this.#requests = requests
  }

  /** @returns {Promise<Sample>} the current values. */
  async sample() {
    const ofProcess = await processFamilies()
    const stats = this.#handler.stats()
    const lag = 'Delay of the event loop of Python.'
    return {
      served: [
        ...this.#requests.families(),
        ...HANDLERS.map(([name, kind, help, key]) => family(name, kind, help, stats[key])),
      ],
      process: [
        family('python_node_python_loop_lag_seconds', 'gauge', lag, stats.loopLag / 1000),
        this.#delay.family(),
        ...ofProcess,
      ],
    }
  }

  /** Stops its timer. */
  close() {
    this.#delay.close()
  }
}

module.exports = { ServerMetrics }
