'use strict'

const { core } = require('../binding')
const { PullQueue } = require('../messages/pull-queue')
const { messageCost } = require('./messages')
const { SocketResponse } = require('./socket-response')

const { create } = core.errors

const SWITCHING_PROTOCOLS = 101
const FORBIDDEN = 403
const ABNORMAL = 1006
const INTERNAL_ERROR = 1011
const SERVICE_RESTART = 1012

/**
 * A WebSocket inside the process. Messages are queued until they are read, with backpressure to the app.
 *
 * The core keeps open exchanges alive, so an exchange must not refer to its response or its request. Both refer to its lease:
 * when the lease is garbage, the socket is not used any more.
 */
class SocketExchange extends core.WebSocketExchange {
  // Settle the response's promise; null after that.
  #resolve
  #reject
  #signal = null
  // The lease, until the response refers to it.
  #lease = {}
  // Messages, or the chunks of a denial: { data, isText }.
  #messages = new PullQueue((message) => {
    this.credit(messageCost(message.data))
    return message
  })
  // Writes that wait for drain: { resolve, reject }.
  #writers = []
  #isOver = false
  #close = null

  /**
   * @param {(response: object) => void} resolve called with the response when the app accepts or refuses.
   * @param {(reason: any) => void} reject called instead if it does neither.
   */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /** A WebSocket has no trailers. */
  get trailers() {
    return core.NO_HEAD
  }

  /** How the socket was closed, `{ code, reason }`; `null` until all messages were read. */
  get closed() {
    return this.#messages.isEmpty ? this.#close : null
  }

  /**
   * Connects the open exchange to its signal and its request's messages.
   *
   * @param {AbortSignal | null} signal aborts the socket; listened to until it is closed.
   * @param {RequestMessages} requestMessages
   */
  join(signal, requestMessages) {
    abandoned.register(this.#lease, this, this)
    if (signal !== null) {
      this.#signal = signal
      signal.addEventListener('abort', this)
    }
    requestMessages.attach(this, this.#lease)
  }

  // Called by the request.

  /**
   * Sends a message to the app. After the end messages are dropped.
   *
   * @param {Buffer} data
   * @param {boolean} isText
   * @param {boolean} isBorrowed the caller reuses the memory of `data` after this returns.
   * @returns {Promise<void>} resolves when more can be sent. Rejects with the error of the socket.
   */
  send(data, isText, isBorrowed) {
    const { failure } = this.#messages
    if (this.#isOver) return failure === null ? Promise.resolve() : handled(Promise.reject(failure.reason))
    if (this.message(data, isText, isBorrowed)) return Promise.resolve()
    return handled(new Promise((resolve, reject) => this.#writers.push({ resolve, reject })))
  }

  /** Closes the socket from the client's side. */
  finish(code, reason) {
    if (this.#isOver) return
    this.disconnect(code, reason)
    this.#over({ code, reason }, null)
  }

  // Called by the response.

  /**
   * Reads the next message and gives the app credit for it.
   *
   * @returns {Promise<{ data: Buffer, isText: boolean } | null>} `null` at the end.
   */
  takeMessage() {
    return this.#messages.take()
  }

  /** Reads the bytes of the next message. */
  async take() {
    const message = await this.takeMessage()
    return message === null ? null : message.data
  }

  /**
   * Aborts the socket and drops unread messages.
   *
   * @param {any} reason the response, or reading from it, rejects with it.
   */
  destroy(reason) {
    if (this.#isOver && this.#messages.isEmpty) return
    this.#messages.clear()
    if (this.#isOver) {
      this.#messages.end({ reason })
      return
    }
    this.abort()
    this.#over({ code: ABNORMAL, reason: '' }, { reason })
  }

  /** The signal's 'abort' event. */
  handleEvent() {
    this.destroy(this.#signal.reason)
  }

  // Called by the core.

  onAccept(subprotocol, head) {
    this.#respond(SWITCHING_PROTOCOLS, head, subprotocol)
  }

  onMessage(data, isText) {
    this.#messages.push({ data, isText })
  }

  onClose(code, reason) {
    const isRefused = this.#resolve !== null
    if (isRefused) this.#respond(FORBIDDEN, core.NO_HEAD, null)
    this.#over(isRefused ? null : { code, reason }, null)
  }

  onStart(status, head) {
    this.#respond(status, head, null)
  }

  onData(chunk) {
    this.onMessage(chunk, false)
  }

  onEnd() {
    this.#over(null, null)
  }

  onFail(error) {
    this.#over(this.accepted ? { code: INTERNAL_ERROR, reason: '' } : null, { reason: error })
  }

  onBroken(error) {
    if (this.#isOver) super.onBroken(error)
    else this.onFail(error)
  }

  onDrain() {
    const writers = this.#writers
    this.#writers = []
    for (const writer of writers) writer.resolve()
  }

  onShutdown() {
    if (this.accepted) this.#over({ code: SERVICE_RESTART, reason: '' }, null)
  }

  #respond(status, head, subprotocol) {
    const resolve = this.#resolve
    this.#resolve = this.#reject = null
    const response = new SocketResponse(status, head, subprotocol, this, this.#lease)
    this.#lease = null
    resolve(response)
  }

  #over(close, failure) {
    if (this.#isOver) return
    this.#isOver = true
    this.#close = close
    abandoned.unregister(this)
    if (this.#signal !== null) core.signals.unfollow(this, this.#signal, this)
    const writers = this.#writers
    this.#writers = []
    for (const { resolve, reject } of writers) {
      if (failure === null) resolve()
      else reject(failure.reason)
    }
    this.#messages.end(failure)
    const reject = this.#reject
    this.#resolve = this.#reject = null
    // Closed before the app has accepted or refused.
    if (reject !== null) reject(failure === null ? create('ERR_ASGI_DISCONNECTED') : failure.reason)
  }
}

/** Prevents an unhandled rejection if the caller ignores a promise: the response reports the failure. */
function handled(promise) {
  promise.catch(ignore)
  return promise
}

function ignore() {}

const abandoned = new FinalizationRegistry((exchange) => exchange.destroy(create('ERR_ASGI_DISCONNECTED')))

module.exports = { SocketExchange }
