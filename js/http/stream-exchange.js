'use strict'

const { core } = require('../binding')
const { PullQueue } = require('../messages/pull-queue')
const { Response, kReceived } = require('../messages/response')

const { create } = core.errors

/**
 * One request and its streamed response. Chunks are queued until they are read, with backpressure to the app.
 *
 * The core keeps open exchanges alive. An exchange must not refer to its response: an abandoned body is detected when the
 * response is garbage-collected.
 */
class StreamExchange extends core.Exchange {
  // Settle the response's promise; null after that.
  #resolve
  #reject
  #signal = null
  // The request's body if it is a stream.
  #requestBody = null
  #chunks = new PullQueue((chunk) => {
    this.credit(chunk.length)
    return chunk
  })
  #isOver = false
  // Whether a whole response is being delivered.
  #isComplete = false
  #trailers = core.NO_HEAD

  /**
   * @param {(response: object) => void} resolve called with the response at its start.
   * @param {(reason: any) => void} reject called instead if there is none.
   */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /** The trailers as a Head; empty until the last chunk was read. */
  get trailers() {
    return this.#chunks.isEmpty ? this.#trailers : core.NO_HEAD
  }

  /**
   * Connects the open exchange to its signal and its request body.
   *
   * @param {AbortSignal | null} signal aborts the exchange; listened to until the end.
   * @param {RequestBody | null} requestBody notified of drain events and of the end.
   */
  join(signal, requestBody) {
    // The app may have responded before `open` returned.
    if (this.#isOver) {
      if (requestBody !== null) requestBody.release(errorOf(this.#chunks.failure))
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

  /** Makes the result of the promise. Subclasses override it. */
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
   * Reads the next chunk and gives the app credit for it.
   *
   * @returns {Promise<Buffer | null>} `null` at the end.
   */
  take() {
    return this.#chunks.take()
  }

  /**
   * Aborts the exchange and drops unread chunks.
   *
   * @param {any} reason the response, or reading its body, rejects with it.
   */
  destroy(reason) {
    if (this.#isOver && this.#chunks.isEmpty) return
    this.#chunks.clear()
    if (this.#isComplete) this.close()
    else if (!this.#isOver) this.abort()
    this.#finish({ reason })
  }

  /** The signal's 'abort' event. */
  handleEvent() {
    this.destroy(this.#signal.reason)
  }

  onComplete(status, head, body) {
    // A complete response needs no abort.
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
      // The response's class refuses the status or a header.
      this.destroy(error)
    }
  }

  onData(chunk) {
    this.#chunks.push(chunk)
  }

  onEnd(trailers) {
    this.#trailers = trailers
    this.#finish(null)
  }

  onFail(error) {
    this.#finish({ reason: error })
  }

  onBroken(error) {
    if (this.#isOver) super.onBroken(error)
    else this.#finish({ reason: error })
  }

  onDrain() {
    if (this.#requestBody !== null) this.#requestBody.drained()
  }

  /** @param {{ reason: any } | null} failure */
  #finish(failure) {
    // Also after the end, if the rest of the body is dropped.
    this.#chunks.end(failure)
    if (this.#isOver) return
    this.#isOver = true
    abandoned.unregister(this)
    if (this.#signal !== null) core.signals.unfollow(this, this.#signal, this)
    if (this.#requestBody !== null) {
      this.#requestBody.release(errorOf(failure))
    }
    const reject = this.#reject
    this.#resolve = this.#reject = null
    if (reject !== null) reject(failure?.reason)
  }
}

/** The error for writers of the request's body; `null` without a failure. */
function errorOf(failure) {
  return failure === null ? null : failure.reason ?? create('ERR_ASGI_DISCONNECTED')
}

/** The held value is the exchange, which does not refer to the response: see above. */
const abandoned = new FinalizationRegistry((exchange) => exchange.destroy(create('ERR_ASGI_DISCONNECTED')))

module.exports = { StreamExchange }
