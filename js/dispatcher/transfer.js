'use strict'

const { STATUS_CODES } = require('node:http')
const { Request, kBody } = require('../messages/request')
const { responseHeaders } = require('../http/wire')
const { upload } = require('./body')
const { DispatchExchange } = require('./dispatch-exchange')

/**
 * One dispatched request, and its controller for the handler's callbacks, which can pause and abort it.
 */
class Transfer {
  #events
  #exchange = null
  #isPaused = false
  #isOver = false
  // Resolves the promise that a paused transfer awaits.
  #wake = null

  /** Whether the request was aborted. */
  aborted = false
  /** The reason it was aborted with; `null` before. */
  reason = null
  /** The response's headers, `[name, value, …]` as Buffers; `null` before the response. */
  rawHeaders = null
  /** The trailers, in the same form. */
  rawTrailers = null

  /** @param {object} events the wrapped handler: see handlers.js. */
  constructor(events) {
    this.#events = events
  }

  /** Whether the response is paused. */
  get paused() {
    return this.#isPaused
  }

  /** Pauses the response. The app's `send()` waits once the buffer is full. */
  pause() {
    this.#isPaused = true
  }

  /** Resumes the response. */
  resume() {
    this.#isPaused = false
    this.#wakeUp()
  }

  /**
   * Aborts the request: the app receives a disconnect. Does nothing after the end.
   *
   * @param {any} [reason] passed to the handler's `onError`, default: an AbortError.
   */
  abort(reason) {
    if (this.aborted || this.#isOver) return
    this.aborted = true
    this.reason = reason ?? requestAborted()
    if (this.#exchange !== null) this.#exchange.destroy(this.reason)
    this.#wakeUp()
  }

  /**
   * Sends the request and passes the response to the handler.
   *
   * @param {object} handler the Python handler.
   * @param {object} head
   * @param {Buffer | AsyncIterable | null} body
   * @returns {Promise<void>} resolves at the end. Rejects with an error of the handler's error callback.
   */
  async run(application, head, body) {
    try {
      // Undici's handlers rely on this being their first callback.
      this.#events.start(this)
      if (this.aborted) throw this.reason
      await this.#deliver(await this.#open(application, head, body))
    } catch (error) {
      this.#isOver = true
      // If a callback threw, the app is still sending.
      if (this.#exchange !== null) this.#exchange.destroy(error)
      this.#events.error(this, error)
    } finally {
      // The rest of a Readable is not needed.
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
      // Only for its RequestBody, which implements backpressure.
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

/** Like undici's error, because programs check its name and code. */
function requestAborted() {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError', code: 'UND_ERR_ABORTED' })
}

module.exports = { Transfer }
