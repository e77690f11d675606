'use strict'

const { STATUS_CODES } = require('node:http')
const { Request, kBody } = require('../messages/request')
const { responseHeaders } = require('../http/wire')
const { upload } = require('./body')
const { DispatchExchange } = require('./dispatch-exchange')

/**
 * One dispatched request on its way through the app, and what undici calls its controller: the handler's callbacks get
 * it, and may pause and abort it.
 */
class Transfer {
  #events
  #exchange = null
  #isPaused = false
  #isOver = false
  // Ends the wait of a paused transfer.
  #wake = null

  /** Whether it was aborted. */
  aborted = false
  /** With what; `null` before. */
  reason = null
  /** The response's headers: `[name, value, …]` as Buffers; `null` before they are there. */
  rawHeaders = null
  /** The trailers, in the same form. */
  rawTrailers = null

  /** @param {object} events what is told of the response: see handlers.js. */
  constructor(events) {
    this.#events = events
  }

  /** Whether the response waits for `resume`. */
  get paused() {
    return this.#isPaused
  }

  /** Holds the response back. The app's `send()` waits once its buffer is full. */
  pause() {
    this.#isPaused = true
  }

  /** Lets the response go on. */
  resume() {
    this.#isPaused = false
    this.#wakeUp()
  }

  /**
   * Gives the request up; the app is told that the client has gone. Does nothing when it is over.
   *
   * @param {any} [reason] what the handler's `onError` gets, default an error of the name AbortError.
   */
  abort(reason) {
    if (this.aborted || this.#isOver) return
    this.aborted = true
    this.reason = reason ?? requestAborted()
    if (this.#exchange !== null) this.#exchange.destroy(this.reason)
    this.#wakeUp()
  }

  /**
   * Sends the request and hands the response over, piece by piece.
   *
   * @param {object} handler the Python handler.
   * @param {object} head
   * @param {Buffer | AsyncIterable | null} body
   * @returns {Promise<void>} resolves when all is over. Rejects with what the callback for errors throws.
   */
  async run(application, head, body) {
    try {
      // Undici's handlers count on it that nothing comes before this.
      this.#events.start(this)
      if (this.aborted) throw this.reason
      await this.#deliver(await this.#open(application, head, body))
    } catch (error) {
      this.#isOver = true
      // When a callback has thrown, the app still sends.
      if (this.#exchange !== null) this.#exchange.destroy(error)
      this.#events.error(this, error)
    } finally {
      // Of a Readable whose end nobody waits for any more.
      if (typeof body?.destroy === 'function') body.destroy()
    }
  }

  #open(application, head, body) {
    return new Promise((resolve, reject) => {
      const exchange = new DispatchExchange(resolve, reject, head.method)
      application.open(exchange, head)
      this.#exchange = exchange
      if (!head.bodyOpen) {
        this.#events.sent(head.body)
        return
      }
      // Its body alone is used: room, and what comes after the end of the response, are the same everywhere.
      const request = new Request({ method: head.method, url: '/' })[kBody]
      exchange.join(null, request)
      upload(body, request, exchange, this.#events)
    })
  }

  async #deliver({ status, headers }) {
    const events = this.#events
    events.head(this, status, headers, STATUS_CODES[status] ?? '')
    for (;;) {
      const chunk = await this.#exchange.take()
      while (this.#isPaused && !this.aborted) await new Promise((resolve) => (this.#wake = resolve))
      if (this.aborted) throw this.reason
      if (chunk === null) break
      events.data(this, chunk)
    }
    this.#isOver = true
    events.end(this, responseHeaders(this.#exchange.trailers, false))
  }

  #wakeUp() {
    const wake = this.#wake
    this.#wake = null
    if (wake !== null) wake()
  }
}

/** As undici's own: programs look at the name and at the code. */
function requestAborted() {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError', code: 'UND_ERR_ABORTED' })
}

module.exports = { Transfer }
