'use strict'

const querystring = require('node:querystring')
const { inspect } = require('node:util')
const { core } = require('../binding')
const { addressOf } = require('../http/fetch')
const { Request } = require('../messages/request')
const { bodyOf } = require('./body')

const { create } = core.errors
const { own } = core.checks
const { PATH_SEND, TRAILERS, ZERO_COPY_SEND } = core.abilities

/** Methods of which HTTP says that an empty body has a length too. */
const EXPECTING_BODY = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Gives the origin that a request is for: undici names it beside the path.
 *
 * @param {object} options undici's.
 * @returns {URL}
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`, `ERR_ASGI_INVALID_URL`.
 */
function originOf(options) {
  if (typeof options !== 'object' || options === null) {
    throw create('ERR_ASGI_INVALID_OPTION', `Invalid options of dispatch: expected an object, got ${inspect(options)}`)
  }
  const origin = own(options, 'origin')
  let url
  try {
    url = new URL(origin)
  } catch (cause) {
    throw create('ERR_ASGI_INVALID_URL', `Invalid URL: expected an origin, got ${inspect(origin)}`, { cause })
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw create('ERR_ASGI_INVALID_URL', `Invalid URL: expected http: or https:, got ${inspect(origin)}`)
}

/**
 * Describes a dispatched request as Python shall see it.
 *
 * @param {object} options undici's.
 * @param {URL} origin
 * @param {object} application
 * @param {object | null} rewriter
 * @returns {{ head: object, body: AsyncIterable | Iterable | null }} a body that is whole is in the head.
 * @throws {AsgiError} for what no request can have, and `ERR_ASGI_INVALID_OPTION` for what a dispatcher does not do.
 */
function describe(options, origin, application, rewriter) {
  const method = own(options, 'method') ?? 'GET'
  const isUpgrade = Boolean(own(options, 'upgrade'))
  if (isUpgrade || method === 'CONNECT') {
    const text = `A dispatcher answers no ${isUpgrade ? 'upgrade' : 'CONNECT'}: open a WebSocket with ` +
      'handleStream and websocket: true'
    throw create('ERR_ASGI_INVALID_OPTION', text)
  }
  const body = bodyOf(own(options, 'body'))
  const headers = pairs(own(options, 'headers'))
  // Where HTTP has it: at the start.
  if (!headers.some(([name]) => name === 'host')) headers.unshift(['host', origin.host])
  let request = new Request({ method, url: targetOf(options), headers })
  complete(request.headers, request.method, body)
  if (rewriter !== null) request = rewriter.rewrite(request, application.docroot)
  const head = {
    method: request.method,
    target: core.checks.target(request.url).target,
    ...addressOf(origin),
    httpVersion: '1.1',
    rootPath: '',
    headers: request.headers[core.symbols.flat](),
    body: body.bytes,
    bodyOpen: body.stream !== null,
    clientHost: '',
    clientPort: undefined,
    keys: core.requests.keysOf(application.options, request),
    abilities: PATH_SEND | ZERO_COPY_SEND | TRAILERS,
    buffered: false,
    raw: false,
    webSocket: false,
    tls: '',
  }
  return { head, body: body.stream }
}

/** Adds what every HTTP client says about a body, where the caller has not. */
function complete(headers, method, { bytes, stream, type }) {
  if (type && !headers.has('content-type')) headers.add('content-type', type)
  if (stream !== null || headers.has('content-length')) return
  if (bytes !== null && bytes.length > 0) headers.add('content-length', bytes.length)
  else if (EXPECTING_BODY.has(method)) headers.add('content-length', 0)
}

function targetOf(options) {
  const path = own(options, 'path')
  const query = own(options, 'query')
  if (typeof path !== 'string') {
    throw create('ERR_ASGI_INVALID_URL', `Invalid URL: expected a path, got ${inspect(path)}`)
  }
  if (query === undefined || query === null) return path
  if (/[?#]/.test(path)) {
    throw create('ERR_ASGI_INVALID_URL', `Invalid URL: the option query needs a path without one, got ${inspect(path)}`)
  }
  const text = querystring.stringify(query)
  return text === '' ? path : `${path}?${text}`
}

/** Gives the entries of headers in any form that undici takes: a flat list, an object, or an iterable of pairs. */
function pairs(headers) {
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object') {
    throw create('ERR_ASGI_INVALID_OPTION', `Invalid headers: expected an object or an array, got ${inspect(headers)}`)
  }
  const entries = []
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    if (headers.length % 2 !== 0) {
      throw create('ERR_ASGI_INVALID_OPTION', 'Invalid headers: expected names and values in turn, got an odd number')
    }
    for (let i = 0; i < headers.length; i += 2) entries.push([headers[i], headers[i + 1]])
  } else if (typeof headers[Symbol.iterator] === 'function') {
    entries.push(...headers)
  } else {
    entries.push(...Object.entries(headers))
  }
  return entries.map((
    [name, value],
  ) => [core.checks.headerName(text(name)), Array.isArray(value) ? value.map(text) : text(value)])
}

/** Raw headers are Buffers; undici writes null as nothing and leaves undefined out, which Headers does too. */
function text(value) {
  if (Buffer.isBuffer(value)) return value.latin1Slice()
  return value === null ? '' : value
}

module.exports = { describe, originOf }
