'use strict'

const { STATUS_CODES } = require('node:http')
const { BYTES, SECONDS } = require('./bounds')
const { Histogram, family } = require('./families')
const { CLIENT_LEFT } = require('../traffic')

/** Methods with a label of their own. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY']

/** Nanoseconds per second. */
const NANOSECONDS = 1e9

/** Measurements of a server without requests. */
const NOTHING = {
  responses: [],
  nanoseconds: { counts: [], sum: 0 },
  bytes: { counts: [], sum: 0 },
}

/** The label of all other methods. */
const OTHER = '_OTHER'

/**
 * Counts the app's requests by method and status. Clients cannot make its memory grow: unknown methods share one label,
 * and statuses without a name have one label per class, such as `2xx`.
 */
class RequestMetrics {
  // For each method: the number of responses by status.
  #requests = new Map()
  #durations = new Histogram(SECONDS)
  #sizes = new Histogram(BYTES)
  #handshakes = new Map()
  #openWebSockets = 0
  #more = () => null

  /**
   * Adds the measurements of the native server.
   *
   * @param {() => object | null} measures returns them: see RequestMetrics.swift.
   */
  add(measures) {
    this.#more = measures
  }

  /**
   * Counts a response that has ended.
   *
   * @param {string} method
   * @param {number} status
   * @param {number} seconds from the request's head to the end of the response.
   * @param {number} bytes of the response's body that were sent.
   */
  answered(method, status, seconds, bytes) {
    count(countsOf(this.#requests, METHODS.includes(method) ? method : OTHER), statusLabel(status))
    this.#durations.observe(seconds)
    this.#sizes.observe(bytes)
  }

  /** Counts the response to a WebSocket handshake: 101 if it is open. */
  handshake(status) {
    count(this.#handshakes, statusLabel(status))
    if (status === 101) this.#openWebSockets++
  }

  /** An open WebSocket was closed. */
  webSocketClosed() {
    this.#openWebSockets--
  }

  /** @returns {import('./families').Family[]} */
  families() {
    const { responses, nanoseconds, bytes } = this.#more() ?? NOTHING
    const all = new Map(Array.from(this.#requests, ([method, counts]) => [method, new Map(counts)]))
    for (let i = 0; i < responses.length; i += 3) {
      const [method, status, number] = responses.slice(i, i + 3)
      count(countsOf(all, METHODS[method] ?? OTHER), statusLabel(status || CLIENT_LEFT), number)
    }
    const requests = []
    for (const [method, counts] of all) {
      for (const [status, value] of counts) requests.push([{ method, status }, value])
    }
    const handshakes = Array.from(this.#handshakes, ([status, value]) => [{ status }, value])
    return [
      family('python_node_requests_total', 'counter', 'Requests to the app whose response is over.', requests),
      this.#durations.family(
        'python_node_request_duration_seconds',
        'Time from the head of a request to the end of its response.',
        { counts: nanoseconds.counts, sum: nanoseconds.sum / NANOSECONDS },
      ),
      this.#sizes.family('python_node_response_size_bytes', 'Sizes of the bodies of responses.', bytes),
      family('python_node_websockets_total', 'counter', 'Answered handshakes of WebSockets.', handshakes),
      family('python_node_websockets_open', 'gauge', 'WebSockets that are open.', this.#openWebSockets),
    ]
  }
}

function countsOf(all, method) {
  let counts = all.get(method)
  if (counts === undefined) all.set(method, counts = new Map())
  return counts
}

function count(counts, key, number = 1) {
  counts.set(key, (counts.get(key) ?? 0) + number)
}

function statusLabel(status) {
  return status === CLIENT_LEFT || STATUS_CODES[status] !== undefined ? status : `${Math.floor(status / 100)}xx`
}

module.exports = { METHODS, NANOSECONDS, RequestMetrics }
