'use strict'

const { family } = require('./families')
const { LoopDelay } = require('./loop-delay')
const { processFamilies } = require('./process-families')

/** What the handler counts: name, kind, help, and the key in its `stats()`. */
const HANDLERS = [
  ['python_node_requests_in_flight', 'gauge', 'Requests and WebSockets whose response has not ended.', 'inFlight'],
  ['python_node_errors_total', 'counter', 'Requests that ended with an error of the app.', 'errors'],
  ['python_node_disconnects_total', 'counter', 'Requests whose client left before their end.', 'disconnects'],
  ['python_node_request_body_bytes_total', 'counter', 'Bytes of request bodies and of messages received.', 'bytesIn'],
  ['python_node_response_body_bytes_total', 'counter', 'Bytes of response bodies and of messages sent.', 'bytesOut'],
]

/**
 * What a server says of itself.
 *
 * @typedef {object} Sample
 * @property {import('./families').Family[]} served what it has served: servers of one app add theirs up.
 * @property {import('./families').Family[]} process the state of its process, which stays apart.
 */

/** What one server measures. */
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

  /** @returns {Promise<Sample>} the values of this moment. */
  async sample() {
    const ofProcess = await processFamilies()
    const stats = this.#handler.stats()
    const lag = 'How late the event loop of Python runs what is due.'
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

  /** Measures no more. */
  close() {
    this.#delay.close()
  }
}

module.exports = { ServerMetrics }
