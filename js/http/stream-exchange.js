'use strict'

const { core } = require('../binding')
const { PullQueue } = require('../messages/pull-queue')
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
  #chunks = new PullQueue((chunk) => {
    this.acknowledge(chunk.length)
    return chunk
  })
  #isOver = false
  // The whole response has come at once and is passed on now.
  #isComplete = false
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
    return this.#chunks.isEmpty ? this.#trailers : core.NO_HEAD
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
    return this.#chunks.take()
  }

  /**
   * Gives the exchange up and drops what nobody has taken.
   *
   * @param {any} reason what the response, or reading its body, rejects with.
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
    // Also where it has ended before: what is left of the body was given up.
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

/** What whoever writes the request's body is told; `null` where nothing has failed. */
function errorOf(failure) {
  return failure === null ? null : failure.reason ?? create('ERR_ASGI_DISCONNECTED')
}

/** The held value is the exchange, which does not keep the response: see above. */
const abandoned = new FinalizationRegistry((exchange) => exchange.destroy(create('ERR_ASGI_DISCONNECTED')))

module.exports = { StreamExchange }
