'use strict'

const { core } = require('../binding')
const { isSentOnce } = require('./single-headers')
const { describeTLS } = require('./tls')

const { create } = core.errors

/** A length: HTTP allows blanks around it. */
const digits = /^[ \t]*[0-9]+[ \t]*$/

/** Where the facts of a connection are kept on its socket, and on a request that is to have others. */
const kConnection = Symbol('connection')

/**
 * Gives what a scope says about a connection. Reading an address asks the operating system, so it is done once a socket.
 *
 * @param {import('node:net').Socket} [socket] a mock of a request may have none.
 * @returns {{ scheme: string, clientHost: string, clientPort?: number, serverHost: string, serverPort?: number }} an
 *   address that is not there is empty, and its port undefined.
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
    // A Unix socket: the server is its path, and a client has no address.
    const address = typeof socket.server?.address === 'function' ? socket.server.address() : null
    // As the text of a batch: UTF-8, each byte one character.
    if (typeof address === 'string') connection.serverHost = Buffer.from(address).toString('latin1')
  }
  socket[kConnection] = connection
  return connection
}

/** What `bodyLength` gives for a body whose end only shows when it comes. */
const UNKNOWN = -1

/**
 * Gives the length of an HTTP/1 request's body, from its raw headers: reading `req.headers` would build an object.
 *
 * @param {string[]} rawHeaders `[name, value, …]` as sent.
 * @returns {number} bytes; 0 for a request without a body, -1 for a body that does not say.
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
 * Tells whether the client takes trailers: it says so with `TE: trailers`.
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
 * Gives the headers of an HTTP/2 request in the form of HTTP/1: no pseudo headers, and `:authority` as `host`, first.
 *
 * @param {string[]} rawHeaders `[name, value, …]` with the pseudo headers.
 * @param {boolean} [keepsHost] the header `host` counts, and `:authority` does not.
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
 * Tells whether a response header belongs to one connection, and so to the server and not to the app.
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
 * Gives the headers of a response for the wire.
 *
 * @param {object} head as the core delivers it.
 * @param {boolean} keepsClose whether the app's wish to close the connection is passed on, as HTTP/1 can.
 * @returns {string[]} a new list `[name, value, …]` in order, without pseudo headers and those of a connection.
 */
function responseHeaders(head, keepsClose) {
  return ofWire(head.shape).isPlain ? head.flat() : filtered(head.flat(), keepsClose)
}

/**
 * Gives the headers of a response for HTTP/1, and the length that they declare.
 *
 * @param {object} head as the core delivers it.
 * @returns {{ list: string[], length: number | null }} the length is null where it does not say.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`, see declaredLength.
 */
function readHead(head) {
  const list = responseHeaders(head, true)
  return { list, length: ofWire(head.shape).hasLength ? declaredLength(list) : null }
}

/** What the names of a head say, for all heads that have them: whether all of them go out, and one is content-length. */
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
 * Gives the headers of a response, or its trailers, as node:http2 can send them: of a header that it sends once the first,
 * which is the one that clients take of several over HTTP/1, and none that HTTP/2 has no place for.
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
 * Sees to it that a status is that of a final response: a client would take what follows on the connection for this one.
 *
 * @param {number} status
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`
 */
function checkFinal(status) {
  if (status >= 200) return
  throw create('ERR_ASGI_INVALID_HEADER_VALUE', `Invalid status: ${status} is not that of a final response`)
}

/**
 * Gives the length that a response declares for its body.
 *
 * @param {string[]} list `[name, value, …]` with names in lower case.
 * @returns {number | null} `null` for one that does not say.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE` for what a client could read in two ways: it would take what follows
 *   on the connection for a part of this response.
 */
function declaredLength(list) {
  let declared = null
  for (let i = 0; i < list.length; i += 2) {
    if (list[i].length !== 14 || list[i] !== 'content-length') continue
    const value = list[i + 1]
    const isLength = digits.test(value) && Number.isSafeInteger(Number(value))
    if (!isLength || (declared !== null && declared !== value)) {
      throw create('ERR_ASGI_INVALID_HEADER_VALUE', `Invalid content-length: ${JSON.stringify(value)}`)
    }
    declared = value
  }
  return declared === null ? null : Number(declared)
}

/**
 * Groups a flat list by name, for interfaces that know one entry a name.
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
 * Tells whether a response has no body whatever the app sends.
 *
 * @param {string} method the request's.
 * @param {number} status the response's.
 * @returns {boolean}
 */
function isBodyless(method, status) {
  return method === 'HEAD' || status === 204 || status === 304 || status < 200
}

/**
 * Sends the head of a response before there is a body. Node writes it in the socket's default encoding, but in a header
 * each character is one byte.
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
 * Ends a connection behind what was written to it: a response gathers its pieces until the end of the turn.
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
