'use strict'

const { EventEmitter } = require('node:events')
const { kExchange } = require('../http/listener-exchange')

/** The property of a response that holds the facts of its request. */
const kEntry = Symbol('entry')

/** The status in the log if the client disconnected before the response began, as in nginx. */
const CLIENT_LEFT = 499

/**
 * Tracks requests in flight, logs and counts them.
 *
 * Emits 'done' after each response.
 */
class Traffic extends EventEmitter {
  #log
  #metrics
  #clientOf
  #open = new Set()
  #isClosing = false
  #idle = null
  /** The number of responses that have ended. */
  count = 0

  /**
   * @param {import('./log').Log} log
   * @param {(req: object) => string} clientOf returns the client's address and port as text.
   * @param {import('./metrics/request-metrics').RequestMetrics | null} metrics of requests for the app.
   */
  constructor(log, clientOf, metrics) {
    super()
    this.#log = log
    this.#metrics = metrics
    this.#clientOf = clientOf
  }

  /** Adds a request before it is handled. */
  open(req, res) {
    const { hasAccess } = this.#log
    // The address is not available after the connection is closed.
    const client = hasAccess ? this.#clientOf(req) : ''
    const started = hasAccess || this.#metrics !== null ? performance.now() : 0
    res[kEntry] = { traffic: this, req, client, url: req.url, started, isForApp: false }
    this.#open.add(res)
    if (this.#isClosing) res.shouldKeepAlive = false
    res.on('close', onClose)
    if (req.stream !== undefined) {
      // A stream that is reset while data is queued emits 'aborted' and never 'close'.
      req[kEntry] = res[kEntry]
      res[kEntry].res = res
      req.on('aborted', onAborted)
    }
  }

  /** Marks a request as one for the app. */
  isForApp(res) {
    res[kEntry].isForApp = true
  }

  /** A response has ended: it was sent, or the client disconnected. */
  closed(res) {
    const entry = res[kEntry]
    if (!this.#open.delete(res)) return
    this.count++
    const { req, client, url, started } = entry
    if (this.#metrics !== null && entry.isForApp) {
      const seconds = (performance.now() - started) / 1000
      this.#metrics.answered(req.method, statusOf(res), seconds, res[kExchange]?.sent ?? 0)
    }
    if (this.#log.hasAccess) {
      this.#log.access({
        client,
        method: req.method,
        path: url,
        httpVersion: req.stream !== undefined ? '2' : req.httpVersion,
        status: statusOf(res),
        // The app failed, or the client disconnected, during the response.
        isCut: res.headersSent && !res.writableEnded,
        duration: performance.now() - started,
        // Only if needed, because reading req.headers builds an object of all headers.
        traceparent: this.#log.hasTraces ? req.headers.traceparent : undefined,
      })
    }
    this.emit('done')
    if (this.#open.size === 0) this.#idle?.()
  }

  /** From now on, sends `connection: close` with responses. */
  endConnections() {
    this.#isClosing = true
    for (const res of this.#open) {
      if (!res.headersSent) res.shouldKeepAlive = false
    }
  }

  /**
   * Waits for responses in flight.
   *
   * @param {number} timeout ms.
   * @returns {Promise<boolean>} whether all have ended.
   */
  async drain(timeout) {
    if (this.#open.size === 0) return true
    let timer
    await new Promise((resolve) => {
      this.#idle = resolve
      timer = setTimeout(resolve, timeout)
    })
    clearTimeout(timer)
    this.#idle = null
    return this.#open.size === 0
  }
}

function statusOf(res) {
  return res.headersSent ? res.statusCode : CLIENT_LEFT
}

// Listeners shared by all responses: `this` is the response, or the request.

function onClose() {
  this[kEntry].traffic.closed(this)
}

function onAborted() {
  this[kEntry].traffic.closed(this[kEntry].res)
}

module.exports = { CLIENT_LEFT, Traffic }
