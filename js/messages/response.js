'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { Headers, headersOf } = require('./headers')

const { create } = core.errors
const { own } = core.checks

const EMPTY = Buffer.alloc(0)

/** The constructor's first argument for a response from an app. */
const kReceived = Symbol('received')

/** Key of the method that reads a streamed body into `body`. */
const kCollect = Symbol('collect')

/**
 * A response of an ASGI app, or one that a program makes.
 *
 * Its body is whole (`body` is a Buffer) or a stream (`body` is `null`), which `next()` and `for await` read. The app
 * receives a disconnect if the loop is left early, after `destroy()`, and if a response with an unread body is garbage.
 */
class Response {
  #status
  // The headers as a Head of the core, converted to Headers only on access.
  #head
  #headers = null
  #body
  // The source of a streamed body: { take(), destroy(error), trailers }.
  #source
  // The trailers of a whole response, as a Head.
  #tail = core.NO_HEAD
  #log = null
  #exception = null
  #isRead = false
  // The promise of text() and json() for a streamed body, shared by all calls.
  #collected
  #trailers = null

  /**
   * @param {object} [options]
   * @param {number} [options.status] default 200; an integer from 100 to 999.
   * @param {Headers | Record<string, string | string[]>} [options.headers]
   * @param {Buffer | Uint8Array | string} [options.body]
   * @param {Buffer | Uint8Array | string} [options.log] the app's log of this request.
   * @param {string} [options.exception] the traceback of the app's exception.
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`, `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`,
   *   `ERR_ASGI_INVALID_BODY`.
   */
  constructor(options, status, head, body, source, tail, log, exception = null) {
    if (options === kReceived) {
      this.#status = status
      this.#head = head
      this.#body = body
      this.#source = source
      this.#tail = tail
      if (log !== undefined) this.#log = Buffer.from(log)
      this.#exception = textOf(exception)
      return
    }
    const given = options ?? {}
    this.status = own(given, 'status') ?? 200
    this.#head = core.NO_HEAD
    this.#headers = new Headers(own(given, 'headers'))
    this.#body = core.checks.body(own(given, 'body'))
    this.#source = null
    this.#log = core.checks.body(own(given, 'log'))
    this.#exception = own(given, 'exception') ?? null
  }

  /** The status code. */
  get status() {
    return this.#status
  }

  set status(status) {
    if (!Number.isInteger(status) || status < 100 || status > 999) {
      const text = `Invalid option status: expected an integer from 100 to 999, got ${inspect(status)}`
      throw create('ERR_ASGI_INVALID_OPTION', text)
    }
    this.#status = status
  }

  /** The headers, which can be changed. Assigning a plain object replaces all. */
  get headers() {
    if (this.#headers === null) this.#headers = headersOf(this.#head)
    return this.#headers
  }

  set headers(headers) {
    this.#headers = headers instanceof Headers ? headers : new Headers(headers)
  }

  /** The whole body; `null` if it is a stream or there is none. */
  get body() {
    return this.#body
  }

  /** The app's log records of this request; empty if there are none. */
  get log() {
    if (this.#log === null && this.#source !== null && this.#source.log !== undefined) {
      return Buffer.from(this.#source.log)
    }
    return this.#log ?? EMPTY
  }

  /** The traceback of the exception that the app raised after this response, as frameworks do after a 500; else `null`. */
  get exception() {
    return this.#exception ?? textOf(this.#source?.exception ?? null)
  }

  /** The trailers, after the end of the body; `null` before, and if there are none. */
  get trailers() {
    if (this.#trailers === null) {
      const tail = this.#source === null ? this.#tail : this.#source.trailers
      if (tail.size > 0) this.#trailers = headersOf(tail)
    }
    return this.#trailers
  }

  /**
   * Reads the next chunk of the body, which allows the app to send more.
   *
   * @returns {Promise<Buffer | null>} `null` at the end. Rejects after the last chunk of a body that failed, with
   *   `ERR_ASGI_PYTHON`, `ERR_ASGI_INCOMPLETE_RESPONSE`, `ERR_ASGI_DISCONNECTED`, or the reason of the signal that aborted
   *   the request.
   */
  next() {
    if (this.#source !== null) return this.#source.take()
    const chunk = this.#isRead || this.#body === null || this.#body.length === 0 ? null : this.#body
    this.#isRead = true
    return Promise.resolve(chunk)
  }

  /**
   * Reads the whole body as text; a stream is read from its current position to its end.
   *
   * @returns {Promise<string>} decoded from UTF-8, without a byte order mark. Rejects like `next`.
   */
  async text() {
    if (this.#source !== null) await (this.#collected ??= this[kCollect]())
    return this.#body === null ? '' : new TextDecoder().decode(this.#body)
  }

  /**
   * Parses a JSON body: see `text`.
   *
   * @returns {Promise<any>} rejects with a SyntaxError for invalid JSON.
   */
  async json() {
    return JSON.parse(await this.text())
  }

  /** Like `next`. A WebSocket's text messages are strings. */
  nextMessage() {
    return this.next()
  }

  /** The subprotocol of a WebSocket; `null` here. */
  get subprotocol() {
    return null
  }

  /** The code with which a WebSocket was closed; `null` here. */
  get closeCode() {
    return null
  }

  /** The reason with which a WebSocket was closed; `null` here. */
  get closeReason() {
    return null
  }

  /** Iterates over the chunks of the body. Leaving the loop early calls `destroy()`. */
  async *[Symbol.asyncIterator]() {
    let isComplete = false
    try {
      for (;;) {
        const chunk = await this.next()
        if (chunk === null) {
          isComplete = true
          return
        }
        yield chunk
      }
    } finally {
      if (!isComplete) this.destroy()
    }
  }

  /**
   * Aborts the response: the app receives a disconnect, and unread chunks are dropped.
   *
   * Does nothing after the end of the body.
   *
   * @param {Error} [error] `next()` rejects with it from now on, default `ERR_ASGI_DISCONNECTED`.
   */
  destroy(error) {
    if (this.#source !== null) this.#source.destroy(error ?? create('ERR_ASGI_DISCONNECTED'))
    this.#isRead = true
  }

  /** @returns {{ status: number, headers: object, body?: Buffer, log?: Buffer, exception?: string }} */
  toJSON() {
    const json = { status: this.#status, headers: this.headers.toJSON() }
    if (this.#body !== null) json.body = this.#body
    if (this.log.length > 0) json.log = this.log
    if (this.exception !== null) json.exception = this.exception
    return json
  }

  /**
   * Reads a streamed body to its end into `body`.
   *
   * @returns {Promise<Response>} this response. Rejects if the body fails.
   */
  async [kCollect]() {
    const chunks = []
    for await (const chunk of this) chunks.push(chunk)
    this.#tail = this.#source.trailers
    if (this.#source.log !== undefined) this.#log = Buffer.from(this.#source.log)
    this.#exception = textOf(this.#source.exception)
    this.#source = null
    this.#body = Buffer.concat(chunks)
    return this
  }

  [inspect.custom](depth, options) {
    return `Response ${inspect(this.toJSON(), options)}`
  }
}

/** @param {Error | null} exception */
function textOf(exception) {
  return exception === null ? null : exception.pythonTraceback ?? exception.message
}

module.exports = { Response, kCollect, kReceived }
