'use strict'

const { core } = require('../binding')
const { SINGLE, SINGLE_HTTP2 } = require('./single-headers')
const { withoutPseudoHeaders } = require('./wire')

const { headerName, headerValue } = core.checks

/** The default number of header lines that Node puts into `req.headers`; `req.rawHeaders` has all. */
const DEFAULT_LINES = 1000

/** A cache of the last request's names, as sent and in lower case, since clients repeat them. */
let known = { sent: [], names: [] }

/**
 * Returns a request's headers with the changes that middlewares made in `req.headers`.
 *
 * Unchanged names keep their lines and order. Names are case-insensitive. All are compared, because reading `req.headers`
 * leaves no trace: Node itself does it for each request.
 *
 * @param {object} req of node:http or of node:http2's compatibility API, or made by an adapter or a mock.
 * @returns {string[]} `[name, value, …]` without pseudo headers; may be `req.rawHeaders` itself.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE` for changed headers.
 */
function headersOf(req) {
  const { rawHeaders = [], headers = {} } = req
  const isHTTP2 = req.stream !== undefined
  const list = isAsSent(rawHeaders, headers) ? rawHeaders : left(req, rawHeaders, headers, isHTTP2)
  if (!isHTTP2) return list
  const host = list === rawHeaders ? undefined : valueOf(list, 'host')
  // A host that a middleware has set replaces `:authority`.
  return withoutPseudoHeaders(list, host !== undefined && host !== valueOf(rawHeaders, 'host'))
}

/** Whether the headers are unchanged. The fast path. */
function isAsSent(rawHeaders, headers) {
  const count = rawHeaders.length / 2
  const names = namesOf(rawHeaders, count)
  for (let i = 0; i < count; i++) {
    if (headers[names[i]] !== rawHeaders[2 * i + 1]) return false
  }
  return Object.keys(headers).length === count
}

/** The first `count` names in lower case; the array may have more. */
function namesOf(rawHeaders, count) {
  const { sent, names } = known
  for (let i = 0; i < count; i++) {
    if (sent[i] !== rawHeaders[2 * i]) {
      known = { sent: rawHeaders.filter((_, index) => index % 2 === 0), names: [] }
      known.names = known.sent.map((name) => name.toLowerCase())
      return known.names
    }
  }
  return names
}

function left(req, rawHeaders, headers, isHTTP2) {
  const values = new Map()
  for (const name of Object.keys(headers)) values.set(name.toLowerCase(), headers[name])
  const single = isHTTP2 ? SINGLE_HTTP2 : SINGLE
  const end = Math.min(rawHeaders.length, 2 * mostLines(req))
  const sent = new Map()
  for (let i = 0; i < end; i += 2) {
    const name = rawHeaders[i].toLowerCase()
    if (sent.has(name)) sent.get(name).push(rawHeaders[i + 1])
    else sent.set(name, [rawHeaders[i + 1]])
  }
  const list = []
  let isChanged = false
  for (let i = 0; i < end; i += 2) {
    const name = rawHeaders[i].toLowerCase()
    // Node's object cannot contain `__proto__`.
    if (name === '__proto__' || isMade(values.get(name), sent.get(name), single.has(name))) {
      list.push(rawHeaders[i], rawHeaders[i + 1])
      continue
    }
    isChanged = true
    add(list, name, values.get(name))
    // Skips the other lines of this name.
    values.set(name, undefined)
  }
  for (const [name, value] of values) {
    if (sent.has(name)) continue
    isChanged = true
    add(list, name, value)
  }
  return isChanged ? list : rawHeaders
}

/** How many lines Node put into `req.headers`. */
function mostLines(req) {
  const most = req.socket?.server?.maxHeadersCount ?? DEFAULT_LINES
  return most === 0 ? Infinity : most
}

/** Whether a value is what Node makes of a name's lines. */
function isMade(value, lines, isSingle) {
  if (Array.isArray(value)) return value.length === lines.length && lines.every((line, index) => line === value[index])
  if (lines.length === 1) return value === lines[0]
  return value === lines.join(', ') || value === lines.join('; ') || (isSingle && value === lines[0])
}

function add(list, name, value) {
  if (value === undefined || value === null) return
  const key = name.startsWith(':') ? name : headerName(name)
  for (const one of Array.isArray(value) ? value : [value]) list.push(key, headerValue(one))
}

function valueOf(list, name) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) return list[i + 1]
  }
  return undefined
}

module.exports = { headersOf }
