'use strict'

const querystring = require('node:querystring')
const { inspect } = require('node:util')
const { core } = require('../binding')
const { headOf } = require('../http/url-head')
const { Request } = require('../messages/request')
const { bodyOf } = require('./body')

const { create } = core.errors
const { own } = core.checks
const { PATH_SEND, TRAILERS, ZERO_COPY_SEND } = core.abilities

/** Methods for which clients send `content-length: 0` with an empty body. */
const EXPECTING_BODY = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Returns the origin of a request, which undici passes separately from the path.
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
 * Converts a dispatched request to a RequestHead.
 *
 * @param {object} options undici's.
 * @param {URL} origin
 * @param {object} application
 * @param {object | null} rewriter
 * @returns {{ head: object, body: AsyncIterable | Iterable | null }} a body in memory is in the head.
 * @throws {AsgiError} for an invalid request, and `ERR_ASGI_INVALID_OPTION` for an upgrade or CONNECT.
 */
function describe(options, origin, application, rewriter) {
  const method = own(options, 'method') ?? 'GET'
  const isUpgrade = Boolean(own(options, 'upgrade'))
  if (isUpgrade || method === 'CONNECT') {
    const text = `A dispatcher does not support ${isUpgrade ? 'upgrades' : 'CONNECT'}: open a WebSocket with ` +
      'handleStream and websocket: true'
    throw create('ERR_ASGI_INVALID_OPTION', text)
  }
  const body = bodyOf(own(options, 'body'))
  const headers = pairs(own(options, 'headers'))
  // First, as HTTP recommends.
  if (!headers.some(([name]) => name === 'host')) headers.unshift(['host', origin.host])
  let request = new Request({ method, url: targetOf(options), headers })
  complete(request.headers, request.method, body)
  if (rewriter !== null) request = rewriter.rewrite(request, application.docroot)
  const head = headOf(request, origin)
  head.body = body.bytes
  head.bodyOpen = body.stream !== null
  head.keys = core.requests.keysOf(application.options, request)
  head.abilities = PATH_SEND | ZERO_COPY_SEND | TRAILERS
  return { head, body: body.stream }
}

/** Adds the headers that describe the body, unless the caller has set them. */
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

/** Returns headers as pairs, from any form that undici accepts: a flat list, an object, or an iterable of pairs. */
function pairs(headers) {
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object') {
    throw create('ERR_ASGI_INVALID_OPTION', `Invalid headers: expected an object or an array, got ${inspect(headers)}`)
  }
  const entries = []
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    if (headers.length % 2 !== 0) {
      throw create(
        'ERR_ASGI_INVALID_OPTION',
        'Invalid headers: expected alternating names and values, got an odd number',
      )
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

/** Raw headers are Buffers. Undici sends null as an empty value and leaves undefined out, like Headers. */
function text(value) {
  if (Buffer.isBuffer(value)) return value.latin1Slice()
  return value === null ? '' : value
}

module.exports = { describe, originOf }
