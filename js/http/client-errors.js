'use strict'

const { STATUS_CODES } = require('node:http')
const { endSoon } = require('./wire')

/** Marks a connection whose parser has failed: it reports all further data as errors, too. */
const kUnreadable = Symbol('unreadable')

/** Statuses by the code of the parser's error; 400 for all others. */
const STATUSES = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
])

/**
 * Responds to a request that Node cannot parse, for `server.on('clientError', …)`. It waits for the responses that are in
 * progress on the connection; Node would write its 400 into the middle of the first one.
 *
 * @param {Error & { code?: string }} error
 * @param {import('node:net').Socket} socket
 */
function onClientError(error, socket) {
  if (socket[kUnreadable] === true) return
  socket[kUnreadable] = true
  const code = String(error?.code)
  if (!code.startsWith('HPE_') && !STATUSES.has(code)) {
    // The connection itself has failed.
    socket.destroy(error)
  } else if (code === 'HPE_CLOSED_CONNECTION') {
    // The last request had `connection: close`, so its response ends the connection.
    if (!socket._httpMessage) endSoon(socket)
  } else {
    const incoming = socket.parser?.incoming
    const broken = incoming?.complete === false ? incoming : null
    refuseInTurn(socket, STATUSES.get(code) ?? 400, broken)
  }
}

/** @param {object | null} broken the request whose body is invalid; null if the head is invalid. */
function refuseInTurn(socket, status, broken) {
  const res = socket._httpMessage
  if (res && res.req !== broken) {
    // 'close' is emitted after the next response has started.
    res.once('close', () => refuseInTurn(socket, status, broken))
    return
  }
  if (socket.writable && !res?.headersSent) {
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
    endSoon(socket)
  } else {
    socket.destroy()
  }
}

module.exports = { onClientError }
