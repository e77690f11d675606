'use strict'

const { core } = require('../binding')

const { create } = core.errors

/** Methods whose requests have no body unless one is given before they are sent. */
const BODYLESS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'])

/**
 * The body of a request: given whole, or written piece by piece, before or after the request is sent.
 *
 * A request shares it with the requests rewritten from it, so that the program can go on writing to the first one.
 *
 * Its state is `provided` (given whole), `undecided` (neither given nor written), `open` (written to) or `ended`.
 */
class RequestBody {
  #state = 'undecided'
  #bytes = null
  // Chunks written before the request is sent.
  #chunks = []
  #exchange = null
  #streamed = false
  // Writes that wait for drain: { resolve, reject }.
  #waiting = []
  // Whether the exchange has ended. `#failure` says why; null for a normal end.
  #released = false
  #failure = null

  /** @param {Buffer | null} bytes the whole body, or null if it may be written later. */
  constructor(bytes) {
    if (bytes === null) return
    this.#bytes = bytes
    this.#state = 'provided'
  }

  /** The whole body; `null` if it is a stream or there is none. */
  get bytes() {
    return this.#bytes
  }

  get isComplete() {
    return this.#state === 'provided' || this.#state === 'ended'
  }

  /** Whether the exchange has ended, so that writes are discarded. */
  get isReleased() {
    return this.#released
  }

  /**
   * Whether more of the body follows; `undefined` if that is not decided, for methods that usually have a body.
   *
   * @param {string} method
   * @returns {boolean | undefined}
   */
  isOpen(method) {
    if (this.isComplete) return false
    if (this.#state === 'open') return true
    return BODYLESS.has(method) ? false : undefined
  }

  /** Ends the body if nothing was written to it. */
  seal() {
    if (this.#state !== 'undecided') return
    this.#state = 'ended'
    if (this.#exchange !== null && !this.#released) this.#exchange.end()
  }

  /**
   * Sends a chunk, or keeps it until the request is sent. The chunk is copied.
   *
   * @param {Buffer | Uint8Array | string} chunk a string is sent as UTF-8.
   * @returns {Promise<void>} resolves when more can be written; at once before the request is sent.
   */
  write(chunk) {
    if (this.#state === 'provided') return Promise.reject(create('ERR_ASGI_BODY_PROVIDED'))
    if (this.#state === 'ended') return Promise.reject(create('ERR_ASGI_WRITE_AFTER_END'))
    let bytes
    try {
      bytes = core.checks.chunk(chunk)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#state = 'open'
    if (this.#exchange === null) {
      this.#chunks.push(owned(chunk, bytes))
      return Promise.resolve()
    }
    if (this.#released) return this.#discarded()
    // The caller may reuse its buffer before the turn ends. A string's bytes are a copy already.
    if (bytes.length === 0 || this.#exchange.write(bytes, typeof chunk !== 'string')) return Promise.resolve()
    const drained = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    // The response reports the failure. A write that is not awaited must not be an unhandled rejection.
    drained.catch(ignore)
    return drained
  }

  /** Ends the body. */
  end() {
    if (this.isComplete) return
    this.#state = 'ended'
    if (this.#exchange === null) {
      // A body that ended before the request was sent is like one given whole.
      if (this.#chunks.length > 0) this.#bytes = Buffer.concat(this.#chunks)
      this.#chunks = []
    } else if (!this.#released) {
      this.#exchange.end()
    }
  }

  /** @throws {AsgiError} `ERR_ASGI_REQUEST_USED` if the body is a stream that another exchange uses. */
  assertUnused() {
    if (this.#streamed) throw create('ERR_ASGI_REQUEST_USED')
  }

  /**
   * Attaches the body to its exchange. A complete body can be sent again, a stream only once.
   *
   * @param {object} exchange a core.Exchange; its owner must call `drained` and `release`.
   * @throws {AsgiError} `ERR_ASGI_REQUEST_USED`.
   */
  attach(exchange) {
    this.assertUnused()
    if (this.isComplete) return
    this.#streamed = true
    this.#exchange = exchange
    for (const chunk of this.#chunks) exchange.write(chunk)
    this.#chunks = []
  }

  /** More can be written. */
  drained() {
    const waiting = this.#waiting
    this.#waiting = []
    for (const writer of waiting) writer.resolve()
  }

  /**
   * The exchange has ended: pending writes are settled, and later ones are discarded.
   *
   * @param {Error | null} failure the reason; `null` if the response is complete.
   */
  release(failure) {
    this.#released = true
    this.#failure = failure
    const waiting = this.#waiting
    this.#waiting = []
    for (const writer of waiting) {
      if (failure === null) writer.resolve()
      else writer.reject(failure)
    }
  }

  #discarded() {
    if (this.#failure === null) return Promise.resolve()
    const failed = Promise.reject(this.#failure)
    failed.catch(ignore)
    return failed
  }
}

/** Copies bytes, unless they were made from a string. */
function owned(chunk, bytes) {
  return typeof chunk === 'string' ? bytes : Buffer.from(bytes)
}

/** Prevents an unhandled rejection; the caller of write() has the promise. */
function ignore() {}

module.exports = { RequestBody }
