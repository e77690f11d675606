'use strict'

const { core } = require('../binding')
const { isSentOnce } = require('./single-headers')
const { describeTLS } = require('./tls')

const { create } = core.errors

/** A content-length, with optional whitespace. */
const digits = /^[ \t]*[0-9]+[ \t]*$/

/** The property of a socket, or of a request that overrides it, which holds the facts of the connection. */
const kConnection = Symbol('connection')

/**
 * Returns the scope's facts about a connection, cached on the socket because reading an address is a system call.
 *
 * @param {import('node:net').Socket} [socket] a mock may have none.
 * @returns {{ scheme: string, clientHost: string, clientPort?: number, serverHost: string, serverPort?: number }} a missing
 *   address is empty, and its port undefined.
 */
function connectionOf(socket = {}) {
  const known = socket[kConnection]
  if (known !== undefined) return known
  const connection = {
    scheme: socket.encrypted ? 'https' : 'http',
    clientHost: socket.remoteAddress ?? '',
    clientPort: socket.remotePort,
    serverHost: socket.localAddress ?? '',
    serverPort: socket.localPort,
    tls: socket.encrypted ? describeTLS(socket) : '',
  }
  if (connection.serverHost === '') {
    // A Unix socket: the server's address is the path, and the client has none.
    const address = typeof socket.server?.address === 'function' ? socket.server.address() : null
    // UTF-8 bytes as Latin-1 characters, as heads are encoded.
    if (typeof address === 'string') connection.serverHost = Buffer.from(address).toString('latin1')
  }
  socket[kConnection] = connection
  return connection
}

/** The `bodyLength` of a body whose length is not declared. */
const UNKNOWN = -1

/**
 * Returns the length of an HTTP/1 request's body. Uses the raw headers, because reading `req.headers` builds an object.
 *
 * @param {string[]} rawHeaders `[name, value, …]` as sent.
 * @returns {number} bytes; 0 without a body, UNKNOWN if it is not declared.
 */
function bodyLength(rawHeaders) {
  let length = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') length = Number(rawHeaders[i + 1])
    } else if (name.length === 17) {
      if (name.toLowerCase() === 'transfer-encoding') return UNKNOWN
    }
  }
  return length
}

/**
 * Whether the client accepts trailers, with `TE: trailers`.
 *
 * @param {string[]} rawHeaders
 * @returns {boolean}
 */
function acceptsTrailers(rawHeaders) {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i].length === 2 && rawHeaders[i].toLowerCase() === 'te' && /\btrailers\b/i.test(rawHeaders[i + 1])) {
      return true
    }
  }
  return false
}

/**
 * Converts the headers of an HTTP/2 request to the form of HTTP/1: without pseudo headers, and with `:authority` as `host`,
 * first.
 *
 * @param {string[]} rawHeaders `[name, value, …]` with the pseudo headers.
 * @param {boolean} [keepsHost] use the header `host` instead of `:authority`.
 * @returns {string[]}
 */
function withoutPseudoHeaders(rawHeaders, keepsHost = false) {
  const headers = []
  let authority = null
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name === ':authority') authority = rawHeaders[i + 1]
    else if (name.charCodeAt(0) !== 58 /* : */) headers.push(name, rawHeaders[i + 1])
  }
  if (authority === null || keepsHost) return headers
  const rest = ['host', authority]
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'host') rest.push(headers[i], headers[i + 1])
  }
  return rest
}

/**
 * Whether a response header belongs to the connection, so that only the server may send it.
 *
 * @param {string} name in lower case.
 * @returns {boolean}
 */
function isConnectionHeader(name) {
  switch (name.length) {
    case 7:
      return name === 'upgrade'
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 16:
      return name === 'proxy-connection'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}

/**
 * Returns the headers of a response to send.
 *
 * @param {object} head as the core delivers it.
 * @param {boolean} keepsClose keep the app's `connection: close`, for HTTP/1.
 * @returns {string[]} a new list `[name, value, …]` in order, without pseudo headers and headers of a connection.
 */
function responseHeaders(head, keepsClose) {
  return ofWire(head.shape).isPlain ? head.flat() : filtered(head.flat(), keepsClose)
}

/**
 * Returns the headers of a response for HTTP/1 and its declared length.
 *
 * @param {object} head as the core delivers it.
 * @returns {{ list: string[], length: number | null }} `length` is null if it is not declared.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`, see declaredLength.
 */
function readHead(head) {
  const list = responseHeaders(head, true)
  return { list, length: ofWire(head.shape).hasLength ? declaredLength(list) : null }
}

/** Facts about a head's names, cached on their shape: whether all can be sent, and whether one is content-length. */
function ofWire(shape) {
  if (shape.wire === null) {
    shape.wire = { isPlain: !shape.names.some(isDropped), hasLength: shape.names.includes('content-length') }
  }
  return shape.wire
}

function isDropped(name) {
  return isConnectionHeader(name) || name.charCodeAt(0) === 58 /* : */
}

function filtered(list, keepsClose) {
  const rest = []
  for (let i = 0; i < list.length; i += 2) {
    if (!isDropped(list[i])) rest.push(list[i], list[i + 1])
    else if (keepsClose && list[i] === 'connection' && /\bclose\b/i.test(list[i + 1])) rest.push('connection', 'close')
  }
  return rest
}

/**
 * Returns the headers of a response, or its trailers, for node:http2: without headers that HTTP/2 forbids, and only the first
 * of a header that may be sent once, which is the one that HTTP/1 clients use.
 *
 * @param {string} head as the core delivers it.
 * @returns {string[]} `[name, value, …]`
 */
function responseHeadersHTTP2(head) {
  const list = responseHeaders(head, false)
  const found = new Set()
  const kept = []
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]
    if (name === 'te' || name === 'http2-settings') continue
    if (isSentOnce(name)) {
      if (found.has(name)) continue
      found.add(name)
    }
    kept.push(name, list[i + 1])
  }
  return kept
}

/**
 * Checks that a status is final. After an interim status, a client would read the next response as this one.
 *
 * @param {number} status
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`
 */
function checkFinal(status) {
  if (status >= 200) return
  throw create('ERR_ASGI_INVALID_HEADER_VALUE', `Invalid status: a response cannot have ${status}, expected 200 to 999`)
}

/**
 * Returns the length that a response declares for its body.
 *
 * @param {string[]} list `[name, value, …]` with names in lower case.
 * @returns {number | null} `null` if it does not.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE` for an ambiguous length, with which a client could read data of the
 *   next response as part of this one.
 */
function declaredLength(list) {
  let declared = null
  for (let i = 0; i < list.length; i += 2) {
    if (list[i].length !== 14 || list[i] !== 'content-length') continue
    const value = list[i + 1]
    const isLength = digits.test(value) && Number.isSafeInteger(Number(value))
    if (!isLength || (declared !== null && declared !== value)) {
      throw create(
        'ERR_ASGI_INVALID_HEADER_VALUE',
        `Invalid content-length: expected one number of bytes, got ${JSON.stringify(value)}`,
      )
    }
    declared = value
  }
  return declared === null ? null : Number(declared)
}

/**
 * Groups a flat list by name, for APIs with one entry per name.
 *
 * @param {string[]} list `[name, value, …]`
 * @returns {Map<string, string | string[]>} in the order of the names' first entries.
 */
function grouped(list) {
  const groups = new Map()
  for (let i = 0; i < list.length; i += 2) {
    const held = groups.get(list[i])
    if (held === undefined) groups.set(list[i], list[i + 1])
    else if (typeof held === 'string') groups.set(list[i], [held, list[i + 1]])
    else held.push(list[i + 1])
  }
  return groups
}

/**
 * Whether a response has no body, even if the app sends one.
 *
 * @param {string} method the request's.
 * @param {number} status the response's.
 * @returns {boolean}
 */
function isBodyless(method, status) {
  return method === 'HEAD' || status === 204 || status === 304 || status < 200
}

/**
 * Sends the head of a response before its body. Sets the encoding to Latin-1 meanwhile, because Node would use the socket's
 * default encoding.
 *
 * @param {import('node:http').ServerResponse} res
 */
function flushHead(res) {
  const { socket } = res
  socket?.setDefaultEncoding?.('latin1')
  res.flushHeaders()
  socket?.setDefaultEncoding?.('utf8')
}

/**
 * Ends a connection after the data written to it, which a response collects until the end of the turn.
 *
 * @param {import('node:net').Socket} socket
 */
function endSoon(socket) {
  process.nextTick(() => socket.destroySoon())
}

module.exports = {
  UNKNOWN,
  acceptsTrailers,
  bodyLength,
  checkFinal,
  connectionOf,
  declaredLength,
  endSoon,
  flushHead,
  grouped,
  isBodyless,
  isConnectionHeader,
  kConnection,
  readHead,
  responseHeaders,
  responseHeadersHTTP2,
  withoutPseudoHeaders,
}
