'use strict'

const { EventEmitter } = require('node:events')
const { kExchange } = require('../http/listener-exchange')

/** Where the facts of a request are kept on its response. */
const kEntry = Symbol('entry')

/** Stands for the status where the client has left before the response began: HTTP has none for it. */
const CLIENT_LEFT = 499

/**
 * The requests under way: it logs each when it is over, counts them, and knows when there are none.
 *
 * Emits 'done' behind each response.
 */
class Traffic extends EventEmitter {
  #log
  #metrics
  #clientOf
  #open = new Set()
  #isClosing = false
  #idle = null
  /** Requests whose response is over. */
  count = 0

  /**
   * @param {import('./log').Log} log
   * @param {(req: object) => string} clientOf gives the client's address and port as text.
   * @param {import('./metrics/request-metrics').RequestMetrics | null} metrics counts what is for the app.
   */
  constructor(log, clientOf, metrics) {
    super()
    this.#log = log
    this.#metrics = metrics
    this.#clientOf = clientOf
  }

  /** Takes a request that is about to be answered. */
  open(req, res) {
    const { hasAccess } = this.#log
    // Once the connection is gone, its address cannot be asked for.
    const client = hasAccess ? this.#clientOf(req) : ''
    const started = hasAccess || this.#metrics !== null ? performance.now() : 0
    res[kEntry] = { traffic: this, req, client, url: req.url, started, isForApp: false }
    this.#open.add(res)
    if (this.#isClosing) res.shouldKeepAlive = false
    res.on('close', onClose)
    if (req.stream !== undefined) {
      // A stream that is reset while it has data to write is aborted at once and closed never.
      req[kEntry] = res[kEntry]
      res[kEntry].res = res
      req.on('aborted', onAborted)
    }
  }

  /** A request that was taken is for the app. */
  isForApp(res) {
    res[kEntry].isForApp = true
  }

  /** A response is over: sent, or its client has left. */
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
        // The app has failed in the middle, or the client has left there.
        isCut: res.headersSent && !res.writableEnded,
        duration: performance.now() - started,
        // Reading one header has Node make an object of all.
        traceparent: this.#log.hasTraces ? req.headers.traceparent : undefined,
      })
    }
    this.emit('done')
    if (this.#open.size === 0) this.#idle?.()
  }

  /** Tells clients from now on that their connection ends with its response. */
  endConnections() {
    this.#isClosing = true
    for (const res of this.#open) {
      if (!res.headersSent) res.shouldKeepAlive = false
    }
  }

  /**
   * Waits for the responses under way.
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

// Shared by all responses: `this` is the response, or the request.

function onClose() {
  this[kEntry].traffic.closed(this)
}

function onAborted() {
  this[kEntry].traffic.closed(this[kEntry].res)
}

module.exports = { CLIENT_LEFT, Traffic }
