'use strict'

const { EventEmitter } = require('node:events')

/** Where the facts of a request are kept on its response. */
const kEntry = Symbol('entry')

/** What is logged for a client that has left before the response began: there is no such status, and no other either. */
const CLIENT_LEFT = 499

/**
 * The requests under way: it logs each when it is over, counts them, and knows when there are none.
 *
 * Emits 'done' behind each response.
 */
class Traffic extends EventEmitter {
  #log
  #clientOf
  #open = new Set()
  #isClosing = false
  #idle = null
  /** Requests whose response is over. */
  count = 0

  /**
   * @param {import('./log').Log} log
   * @param {(req: object) => string} clientOf gives the client's address and port as text.
   */
  constructor(log, clientOf) {
    super()
    this.#log = log
    this.#clientOf = clientOf
  }

  /** Takes a request that the app is about to answer. */
  open(req, res) {
    const { hasAccess } = this.#log
    // Once the connection is gone, its address cannot be asked for.
    const client = hasAccess ? this.#clientOf(req) : ''
    res[kEntry] = { traffic: this, req, client, url: req.url, started: hasAccess ? performance.now() : 0 }
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

  /** A response is over: sent, or its client has left. */
  closed(res) {
    const entry = res[kEntry]
    if (!this.#open.delete(res)) return
    this.count++
    if (this.#log.hasAccess) {
      const { req, client, url, started } = entry
      this.#log.access({
        client,
        method: req.method,
        path: url,
        httpVersion: req.stream !== undefined ? '2' : req.httpVersion,
        status: res.headersSent ? res.statusCode : CLIENT_LEFT,
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

// Shared by all responses: `this` is the response, or the request.

function onClose() {
  this[kEntry].traffic.closed(this)
}

function onAborted() {
  this[kEntry].traffic.closed(this[kEntry].res)
}

module.exports = { Traffic }
