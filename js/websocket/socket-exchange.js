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
 * One WebSocket inside the process: messages wait here until somebody takes them, and the app waits for room.
 *
 * The core keeps an open exchange, so an exchange keeps neither its response nor its request. Both have its lease: once
 * nobody can reach the lease, nobody can use the socket.
 */
class SocketExchange extends core.WebSocketExchange {
  // Settle the promise of the response; null once it is settled.
  #resolve
  #reject
  #signal = null
  // The lease, until the response is there to keep it.
  #lease = {}
  // Messages, or the chunks of a denial: { data, isText }.
  #messages = new PullQueue((message) => {
    this.acknowledge(messageCost(message.data))
    return message
  })
  // Writers that wait for room: { resolve, reject }.
  #writers = []
  #isOver = false
  #close = null

  /**
   * @param {(response: object) => void} resolve called with the response when the app accepts or refuses.
   * @param {(reason: any) => void} reject called instead when it does neither.
   */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /** No trailers in a WebSocket. */
  get trailers() {
    return core.NO_HEAD
  }

  /** How the socket was closed, `null` while there is something to read: `{ code, reason }`. */
  get closed() {
    return this.#messages.isEmpty ? this.#close : null
  }

  /**
   * Joins the exchange, once open, to what else has a say in it.
   *
   * @param {AbortSignal | null} signal gives the socket up; listened to until it is closed.
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

  // From the request.

  /**
   * Sends a message to the app; what comes after the end is dropped.
   *
   * @param {Buffer} data
   * @param {boolean} isText
   * @param {boolean} isBorrowed the caller goes on using the memory of `data`.
   * @returns {Promise<void>} resolves when there is room for more. Rejects with what the socket failed with.
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

  // From the response.

  /**
   * Gives the next message and tells the core that it was taken.
   *
   * @returns {Promise<{ data: Buffer, isText: boolean } | null>} `null` at the end.
   */
  takeMessage() {
    return this.#messages.take()
  }

  /** Gives the next message's bytes. */
  async take() {
    const message = await this.takeMessage()
    return message === null ? null : message.data
  }

  /**
   * Gives the socket up and drops what nobody has taken.
   *
   * @param {any} reason what the response, or reading from it, rejects with.
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

  // From the core.

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
    // Closed before the app has said anything.
    if (reject !== null) reject(failure === null ? create('ERR_ASGI_DISCONNECTED') : failure.reason)
  }
}

/** Marks a promise that its caller may leave alone: a failed socket is reported by its response. */
function handled(promise) {
  promise.catch(ignore)
  return promise
}

function ignore() {}

const abandoned = new FinalizationRegistry((exchange) => exchange.destroy(create('ERR_ASGI_DISCONNECTED')))

module.exports = { SocketExchange }
