'use strict'

const tls = require('node:tls')

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = Array
  .from({ length: 10 }, (_, type) => type)

const END_STREAM = 1
const ACK = 1
const END_HEADERS = 4

const HEAD = 9

/** A frame of HTTP/2. */
function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(HEAD)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Headers as literals that are not added to the table (RFC 7541, 6.2.2). Names and values are latin-1. */
function headerBlock(headers) {
  const parts = []
  for (const [name, value] of headers) {
    parts.push(Buffer.from([0]))
    for (const text of [name, value]) parts.push(lengthOf(text.length), Buffer.from(text, 'latin1'))
  }
  return Buffer.concat(parts)
}

/** A length with a prefix of seven bits (RFC 7541, 5.1). */
function lengthOf(length) {
  if (length < 127) return Buffer.from([length])
  const octets = [127]
  let rest = length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push(rest % 128 + 128)
  return Buffer.from([...octets, rest])
}

/** The headers that a request begins with. */
function requestHeaders({ method = 'GET', path = '/', headers = [] } = {}) {
  return [[':method', method], [':scheme', 'https'], [':authority', 'localhost'], [':path', path], ...headers]
}

/** The frame that opens a stream with a request. */
function request(stream, { isLast = true, ...more } = {}) {
  return frame(HEADERS, END_HEADERS | (isLast ? END_STREAM : 0), stream, headerBlock(requestHeaders(more)))
}

function reset(stream, code = 8) {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(code)
  return frame(RST_STREAM, 0, stream, payload)
}

function windowUpdate(stream, size) {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(size)
  return frame(WINDOW_UPDATE, 0, stream, payload)
}

/** @param {Array<[id: number, value: number]>} values */
function settings(values = []) {
  const payload = Buffer.alloc(6 * values.length)
  values.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, 6 * index)
    payload.writeUInt32BE(value, 6 * index + 2)
  })
  return frame(SETTINGS, 0, 0, payload)
}

/**
 * Opens a connection for HTTP/2, without sending anything yet.
 *
 * @param {number} port
 * @returns {Promise<import('node:tls').TLSSocket>} it is read, and its errors are ignored.
 */
function openTLS(port) {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false }
    const socket = tls.connect(options, () => resolve(socket))
    socket.on('error', reject)
    socket.resume()
  })
}

/**
 * Reads the frames at the beginning of some octets.
 *
 * @returns {Array<{ type: number, flags: number, stream: number, payload: Buffer }>} those that are complete.
 */
function framesIn(bytes) {
  const frames = []
  for (let at = 0; bytes.length - at >= HEAD;) {
    const end = at + HEAD + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff
    frames.push({ type: bytes[at + 3], flags: bytes[at + 4], stream, payload: bytes.subarray(at + HEAD, end) })
    at = end
  }
  return frames
}

module.exports = {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  GOAWAY,
  HEADERS,
  PING,
  PREFACE,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
  frame,
  framesIn,
  headerBlock,
  openTLS,
  request,
  requestHeaders,
  reset,
  settings,
  windowUpdate,
}
