'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { Headers } = require('./headers')
const { RequestMessages } = require('../websocket/messages')
const { RequestBody } = require('./request-body')

const { checks, symbols } = core
const { create } = core.errors
const { own } = checks

/** Key of a request's body, for the handler. */
const kBody = Symbol('body')

/** Key of the method that makes a changed copy of a request, for the rewriters. */
const kDerive = Symbol('derive')

/**
 * A request to an ASGI app.
 *
 * Its body is given to the constructor, or streamed with `write()` and `end()` before or after it is handed over.
 */
class Request {
  #method
  #url
  // What the url says: { scheme, target }, the target as it goes over the wire.
  #target = null
  #headers
  #socket
  #docroot
  #body

  /**
   * @param {object} options
   * @param {string} [options.method] default `'GET'`; any HTTP token, kept in upper case.
   * @param {string} options.url absolute, or a path; with a `host` header a path becomes `https://<host><url>`.
   * @param {Headers | Record<string, string | string[]>} [options.headers]
   * @param {Buffer | Uint8Array | string} [options.body] the whole body; kept, not copied, when it is a Buffer.
   * @param {object} [options.socket] the addresses: `remoteAddress`, `remotePort`, `localAddress`, `localPort`.
   * @param {string} [options.docroot] folder in which existence conditions look.
   * @param {boolean} [options.websocket] opens a WebSocket; then `write` sends messages and `end` closes.
   * @throws {AsgiError} `ERR_ASGI_MISSING_OPTIONS`, `ERR_ASGI_MISSING_FIELD`, `ERR_ASGI_INVALID_URL`,
   *   `ERR_ASGI_INVALID_METHOD`, `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`,
   *   `ERR_ASGI_INVALID_BODY`.
   */
  constructor(options) {
    if (options === undefined || options === null) throw create('ERR_ASGI_MISSING_OPTIONS')
    const url = own(options, 'url') ?? null
    if (url === null) throw create('ERR_ASGI_MISSING_FIELD')
    this.#method = checks.method(own(options, 'method') ?? 'GET')
    this.#headers = new Headers(own(options, 'headers'))
    this.url = url
    this.#socket = own(options, 'socket') ?? null
    this.#docroot = own(options, 'docroot') ?? null
    this.#body = options[kBody] ?? bodyOf(options)
  }

  /** The method, in upper case. */
  get method() {
    return this.#method
  }

  set method(method) {
    this.#method = checks.method(method)
  }

  /** The URL: absolute, or path and query. */
  get url() {
    return this.#url
  }

  set url(url) {
    if (typeof url !== 'string') throw create('ERR_ASGI_INVALID_URL')
    const host = this.#headers.get('host')
    const full = url.startsWith('/') && host !== null ? `https://${host}${url}` : url
    this.#target = checks.target(full)
    this.#url = full
  }

  /** What the url says, for the handler: `{ scheme, target }`. */
  get [symbols.target]() {
    return this.#target
  }

  /** The path as it goes over the wire: percent-encoded, without the query. */
  get path() {
    const { target } = this.#target
    const query = target.indexOf('?')
    return query === -1 ? target : target.slice(0, query)
  }

  /** The headers; changes to them take effect. Assigning a plain object replaces all. */
  get headers() {
    return this.#headers
  }

  set headers(headers) {
    this.#headers = headers instanceof Headers ? headers : new Headers(headers)
  }

  /** The addresses of the connection, as given; `null` without. */
  get socket() {
    return this.#socket
  }

  /** The folder in which existence conditions look; `null` without. */
  get docroot() {
    return this.#docroot
  }

  set docroot(docroot) {
    this.#docroot = docroot ?? null
  }

  /** The whole body, or `null` when there is none or it is streamed. */
  get body() {
    return this.#body.bytes
  }

  /** Whether it opens a WebSocket. */
  get websocket() {
    return this.#body instanceof RequestMessages
  }

  /**
   * Streams a chunk of the body, before or after the request was handed over. The chunk is copied.
   *
   * With `websocket: true` it is a message: a string a text message, anything else a binary one.
   *
   * @param {Buffer | Uint8Array | string} chunk a string is sent as UTF-8.
   * @returns {Promise<void>} resolves when there is room for more. Rejects with `ERR_ASGI_BODY_PROVIDED`,
   *   `ERR_ASGI_WRITE_AFTER_END`, `ERR_ASGI_INVALID_BODY`, or with the reason for which the exchange failed.
   */
  write(chunk) {
    return this.#body.write(chunk)
  }

  /**
   * Ends the body, or closes the WebSocket. Does nothing when it has ended.
   *
   * @param {number} [code] of a WebSocket, default 1000.
   * @param {string} [reason] of a WebSocket; at most 123 bytes.
   * @returns {Promise<void>} rejects with `ERR_ASGI_INVALID_OPTION` for a code or a reason that cannot be.
   */
  async end(code, reason) {
    this.#body.end(code, reason)
  }

  /** @returns {{ method: string, url: string, headers: object, body?: Buffer, websocket?: true }} */
  toJSON() {
    const json = { method: this.#method, url: this.#url, headers: this.#headers.toJSON() }
    if (this.body !== null) json.body = this.body
    if (this.websocket) json.websocket = true
    return json
  }

  get [kBody]() {
    return this.#body
  }

  /** Tells the core whether the body is a stream that has not ended. */
  get [symbols.bodyOpen]() {
    return this.#body.isOpen(this.#method)
  }

  /** Joins the body to its exchange; the core calls it when the request is handed over. */
  [symbols.attach](exchange) {
    this.#body.seal()
    this.#body.attach(exchange)
  }

  /**
   * Makes a copy that shares the body, with some fields changed.
   *
   * @param {{ method?: string, url?: string, headers?: Headers }} changes
   * @returns {Request}
   */
  [kDerive](changes) {
    return new Request({
      method: this.#method,
      url: this.#url,
      headers: this.#headers,
      socket: this.#socket,
      docroot: this.#docroot,
      [kBody]: this.#body,
      ...changes,
    })
  }

  [inspect.custom](depth, options) {
    return `Request ${inspect(this.toJSON(), options)}`
  }
}

/**
 * Makes what is written to: a body, or messages.
 *
 * @throws {AsgiError} `ERR_ASGI_INVALID_BODY` for a body that is none, and for one beside a WebSocket.
 */
function bodyOf(options) {
  const bytes = checks.body(own(options, 'body'))
  if (own(options, 'websocket') !== true) return new RequestBody(bytes)
  if (bytes !== null) throw create('ERR_ASGI_INVALID_BODY', 'A WebSocket has no body: send messages with write()')
  return new RequestMessages()
}

/**
 * Gives a request object for a Request or a plain object of its shape.
 *
 * @param {Request | object} value
 * @returns {Request}
 * @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for anything else, and what the constructor throws.
 */
function toRequest(value) {
  if (value instanceof Request) return value
  if (value === null || typeof value !== 'object') throw create('ERR_ASGI_EXPECTED_REQUEST')
  return new Request(value)
}

module.exports = { Request, kBody, kDerive, toRequest }
