'use strict'

const { core } = require('../binding')

const { create } = core.errors

/** Methods whose request has no body unless one was given before it was handed over. */
const BODYLESS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'])

/**
 * The body of one request: given whole, or written piece by piece, before or after the request was handed over.
 *
 * A request and the requests rewritten from it share one body, so that whoever holds the first can go on writing.
 *
 * It is `provided` (whole, from the constructor), `undecided` (nobody said anything), `open` (written to) or `ended`.
 */
class RequestBody {
  #state = 'undecided'
  #bytes = null
  // Chunks written before there was an exchange to send them to.
  #chunks = []
  #exchange = null
  #streamed = false
  // Writers that wait for room: { resolve, reject }.
  #waiting = []
  // Set when the exchange is over: nobody takes chunks any more. `#failure` says why, null for a normal end.
  #released = false
  #failure = null

  /** @param {Buffer | null} bytes the whole body, or null when it may be written later. */
  constructor(bytes) {
    if (bytes === null) return
    this.#bytes = bytes
    this.#state = 'provided'
  }

  /** The whole body, `null` while it is a stream or when there is none. */
  get bytes() {
    return this.#bytes
  }

  get isComplete() {
    return this.#state === 'provided' || this.#state === 'ended'
  }

  /** Whether the exchange is over, so that nobody takes what is written. */
  get isReleased() {
    return this.#released
  }

  /**
   * What the core asks: is more to come? `undefined` when nobody has said so, for methods that often have a body.
   *
   * @param {string} method
   * @returns {boolean | undefined}
   */
  isOpen(method) {
    if (this.isComplete) return false
    if (this.#state === 'open') return true
    return BODYLESS.has(method) ? false : undefined
  }

  /** Says that a body nobody has written to is empty. */
  seal() {
    if (this.#state !== 'undecided') return
    this.#state = 'ended'
    if (this.#exchange !== null && !this.#released) this.#exchange.end()
  }

  /**
   * Sends a chunk, or keeps it until the request is handed over. The chunk is copied.
   *
   * @param {Buffer | Uint8Array | string} chunk a string is sent as UTF-8.
   * @returns {Promise<void>} resolves when there is room for more; at once before the request is handed over.
   */
  write(chunk) {
    if (this.#state === 'provided') return Promise.reject(create('ERR_ASGI_BODY_PROVIDED'))
    if (this.#state === 'ended') return Promise.reject(create('ERR_ASGI_WRITE_AFTER_END'))
    let bytes
    try {
      bytes = core.checks.body(chunk)
      if (bytes === null) throw create('ERR_ASGI_INVALID_BODY')
    } catch (error) {
      return Promise.reject(error)
    }
    this.#state = 'open'
    if (this.#exchange === null) {
      this.#chunks.push(owned(chunk, bytes))
      return Promise.resolve()
    }
    if (this.#released) return this.#discarded()
    // By the end of the turn the caller may have put something else into its buffer; a string's bytes are ours.
    if (bytes.length === 0 || this.#exchange.write(bytes, typeof chunk !== 'string')) return Promise.resolve()
    const room = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    // A failed exchange is reported by its response. A writer that does not wait must not end the process with it.
    room.catch(ignore)
    return room
  }

  /** Ends the body. */
  end() {
    if (this.isComplete) return
    this.#state = 'ended'
    if (this.#exchange === null) {
      // Whole before anybody reads it: a body like one from the constructor.
      if (this.#chunks.length > 0) this.#bytes = Buffer.concat(this.#chunks)
      this.#chunks = []
    } else if (!this.#released) {
      this.#exchange.end()
    }
  }

  /** @throws {AsgiError} `ERR_ASGI_REQUEST_USED` when the body was a stream that another exchange has taken. */
  assertUnused() {
    if (this.#streamed) throw create('ERR_ASGI_REQUEST_USED')
  }

  /**
   * Joins the body to the exchange that carries it. What is complete may be sent again; a stream can be taken once.
   *
   * @param {object} exchange a core.Exchange; its owner calls `drained` and `release`.
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

  /** There is room again. */
  drained() {
    const waiting = this.#waiting
    this.#waiting = []
    for (const writer of waiting) writer.resolve()
  }

  /**
   * The exchange is over: waiting and later writers get an answer, and what they write is discarded.
   *
   * @param {Error | null} failure why, `null` when the response is complete.
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

/** Gives bytes that nobody else can change: a string's are ours already. */
function owned(chunk, bytes) {
  return typeof chunk === 'string' ? bytes : Buffer.from(bytes)
}

/** The caller of write() has the promise; this only keeps a promise nobody looks at from ending the process. */
function ignore() {}

module.exports = { RequestBody }
