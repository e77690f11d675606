'use strict'

const { core } = require('../binding')
const { Response, kReceived } = require('../messages/response')

const { create } = core.errors

/**
 * One request and its streamed response: chunks wait here until somebody takes them, and the app waits for room.
 *
 * The core keeps an open exchange, so an exchange must not keep its response: a response that nobody can reach any more
 * is how we learn that nobody wants the rest of the body.
 */
class StreamExchange extends core.Exchange {
  // Settle the promise of the response; null once it is settled.
  #resolve
  #reject
  #signal = null
  // The body of the request, when it is a stream.
  #requestBody = null
  #chunks = []
  // Index of the first chunk in #chunks that nobody has taken.
  #first = 0
  // Readers that wait for a chunk: { resolve, reject }.
  #waiting = []
  #isOver = false
  // The whole response has come at once and is passed on now.
  #isComplete = false
  #hasFailed = false
  #failure = undefined
  #trailers = core.NO_HEAD

  /**
   * @param {(response: object) => void} resolve called with the response at its start.
   * @param {(reason: any) => void} reject called instead when there is none.
   */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /** The trailers as the core delivers them; none, and until the last chunk was taken. */
  get trailers() {
    return this.#first < this.#chunks.length ? core.NO_HEAD : this.#trailers
  }

  /**
   * Joins the exchange, once open, to what else has a say in it.
   *
   * @param {AbortSignal | null} signal cancels the exchange; listened to until the exchange is over.
   * @param {RequestBody | null} requestBody is told when there is room, and when the exchange is over.
   */
  join(signal, requestBody) {
    // The app may have answered before the call that opened the exchange returned.
    if (this.#isOver) {
      if (requestBody !== null) requestBody.release(this.#hasFailed ? this.#failure : null)
      return
    }
    if (signal !== null) {
      this.#signal = signal
      signal.addEventListener('abort', this)
    }
    if (requestBody !== null) {
      this.#requestBody = requestBody
      requestBody.attach(this)
    }
  }

  /** Makes what the promise resolves with. Overridden where that is another class. */
  createResponse(status, head) {
    const response = new Response(kReceived, status, head, null, this, core.NO_HEAD)
    this.watch(response)
    return response
  }

  /** Aborts the exchange when an object is garbage-collected before the body has ended. */
  watch(object) {
    abandoned.register(object, this, this)
  }

  /**
   * Gives the next chunk and tells the core that it was taken.
   *
   * @returns {Promise<Buffer | null>} `null` at the end.
   */
  take() {
    if (this.#first < this.#chunks.length) return Promise.resolve(this.#shift())
    if (this.#hasFailed) return Promise.reject(this.#failure)
    if (this.#isOver) return Promise.resolve(null)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /**
   * Gives the exchange up and drops what nobody has taken.
   *
   * @param {any} reason what the response, or reading its body, rejects with.
   */
  destroy(reason) {
    if (this.#isOver && this.#first === this.#chunks.length) return
    this.#chunks = []
    this.#first = 0
    if (this.#isComplete) this.close()
    else if (!this.#isOver) this.abort()
    this.#finish(true, reason)
  }

  /** The signal's 'abort' event. */
  handleEvent() {
    this.destroy(this.#signal.reason)
  }

  onComplete(status, head, body) {
    // The app has ended, and the core has counted it: there is nothing to abort.
    this.#isComplete = true
    super.onComplete(status, head, body)
    this.#isComplete = false
  }

  onStart(status, head) {
    const resolve = this.#resolve
    try {
      const response = this.createResponse(status, head)
      this.#resolve = this.#reject = null
      resolve(response)
    } catch (error) {
      // A status or a header that the class of the response refuses.
      this.destroy(error)
    }
  }

  onData(chunk) {
    if (this.#waiting.length === 0) {
      this.#chunks.push(chunk)
      return
    }
    const reader = this.#waiting.shift()
    this.acknowledge(chunk.length)
    reader.resolve(chunk)
  }

  onEnd(trailers) {
    this.#trailers = trailers
    this.#finish(false, null)
  }

  onFail(error) {
    this.#finish(true, error)
  }

  onBroken(error) {
    if (this.#isOver) super.onBroken(error)
    else this.#finish(true, error)
  }

  onDrain() {
    if (this.#requestBody !== null) this.#requestBody.drained()
  }

  #shift() {
    const chunk = this.#chunks[this.#first]
    this.#chunks[this.#first++] = undefined
    if (this.#first === this.#chunks.length) {
      this.#chunks = []
      this.#first = 0
    }
    if (!this.#isOver) this.acknowledge(chunk.length)
    return chunk
  }

  #finish(hasFailed, reason) {
    this.#hasFailed = hasFailed
    this.#failure = reason
    if (this.#isOver) return
    this.#isOver = true
    abandoned.unregister(this)
    if (this.#signal !== null) core.signals.unfollow(this, this.#signal, this)
    if (this.#requestBody !== null) {
      this.#requestBody.release(hasFailed ? reason ?? create('ERR_ASGI_DISCONNECTED') : null)
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const reader of waiting) {
      if (hasFailed) reader.reject(reason)
      else reader.resolve(null)
    }
    const reject = this.#reject
    this.#resolve = this.#reject = null
    if (reject !== null) reject(reason)
  }
}

/** The held value is the exchange, which does not keep the response: see above. */
const abandoned = new FinalizationRegistry((exchange) => exchange.destroy(create('ERR_ASGI_DISCONNECTED')))

module.exports = { StreamExchange }
