'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { Headers } = require('./headers')
const { RequestMessages } = require('../websocket/messages')
const { RequestBody } = require('./request-body')

const { checks, symbols } = core
const { create, expectedRequest } = core.errors
const { own } = checks

/** Key of a request's RequestBody, for the handler. */
const kBody = Symbol('body')

/** Key of the method that makes a changed copy of a request, for the rewriters. */
const kDerive = Symbol('derive')

/**
 * A request to an ASGI app.
 *
 * Its body is given to the constructor, or streamed with `write()` and `end()` before or after the request is sent.
 */
class Request {
  #method
  #url
  // The parsed URL: { scheme, target }, the target as sent.
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
   * @param {Buffer | Uint8Array | string} [options.body] the whole body; a Buffer is not copied.
   * @param {object} [options.socket] the addresses: `remoteAddress`, `remotePort`, `localAddress`, `localPort`.
   * @param {string} [options.docroot] the folder for conditions that check whether a file exists.
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
    const host = this.#headers.get('host')
    const full = typeof url === 'string' && url.startsWith('/') && host !== null ? `https://${host}${url}` : url
    this.#target = checks.target(full)
    this.#url = full
  }

  /** The parsed URL, for the core: `{ scheme, target }`. */
  get [symbols.target]() {
    return this.#target
  }

  /** The path as sent: percent-encoded, without the query. */
  get path() {
    const { target } = this.#target
    const query = target.indexOf('?')
    return query === -1 ? target : target.slice(0, query)
  }

  /** The headers, which can be changed. Assigning a plain object replaces all. */
  get headers() {
    return this.#headers
  }

  set headers(headers) {
    this.#headers = headers instanceof Headers ? headers : new Headers(headers)
  }

  /** The addresses of the connection, as given, or `null`. */
  get socket() {
    return this.#socket
  }

  /** The folder for conditions that check whether a file exists, or `null`. */
  get docroot() {
    return this.#docroot
  }

  set docroot(docroot) {
    this.#docroot = docroot ?? null
  }

  /** The whole body; `null` if it is streamed or there is none. */
  get body() {
    return this.#body.bytes
  }

  /** Whether it opens a WebSocket. */
  get websocket() {
    return this.#body instanceof RequestMessages
  }

  /**
   * Writes a chunk of the body, before or after the request is sent. The chunk is copied.
   *
   * With `websocket: true` it is a message: a string a text message, anything else a binary one.
   *
   * @param {Buffer | Uint8Array | string} chunk a string is sent as UTF-8.
   * @returns {Promise<void>} resolves when more can be written. Rejects with `ERR_ASGI_BODY_PROVIDED`,
   *   `ERR_ASGI_WRITE_AFTER_END`, `ERR_ASGI_INVALID_BODY`, or with the error of the response.
   */
  write(chunk) {
    return this.#body.write(chunk)
  }

  /**
   * Ends the body, or closes the WebSocket. Does nothing if it has ended.
   *
   * @param {number} [code] of a WebSocket, default 1000.
   * @param {string} [reason] of a WebSocket; at most 123 bytes.
   * @returns {Promise<void>} rejects with `ERR_ASGI_INVALID_OPTION` for an invalid code or reason.
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

  /** Whether the body is a stream that has not ended, for the core. */
  get [symbols.bodyOpen]() {
    return this.#body.isOpen(this.#method)
  }

  /** Attaches the body to its exchange. The core calls it when the request is sent. */
  [symbols.attach](exchange) {
    this.#body.seal()
    this.#body.attach(exchange)
  }

  /**
   * Makes a copy with some changes, which shares the body.
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
 * Makes the body, or the messages of a WebSocket.
 *
 * @throws {AsgiError} `ERR_ASGI_INVALID_BODY` for an invalid body, or any body of a WebSocket.
 */
function bodyOf(options) {
  const bytes = checks.body(own(options, 'body'))
  if (own(options, 'websocket') !== true) return new RequestBody(bytes)
  if (bytes !== null) throw create('ERR_ASGI_INVALID_BODY', 'A WebSocket has no body: send messages with write()')
  return new RequestMessages()
}

/**
 * Converts a plain object to a Request.
 *
 * @param {Request | object} value
 * @returns {Request}
 * @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for anything else, and the constructor's errors.
 */
function toRequest(value) {
  if (value instanceof Request) return value
  if (value === null || typeof value !== 'object') throw expectedRequest(value)
  return new Request(value)
}

module.exports = { Request, kBody, kDerive, toRequest }
