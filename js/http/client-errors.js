'use strict'

const { STATUS_CODES } = require('node:http')
const { endSoon } = require('./wire')

/** Where a connection keeps that it cannot be read any more: each piece that comes after is an error again. */
const kUnreadable = Symbol('unreadable')

/** What is wrong with a request, and the status that says so; of what Node's parser finds wrong else it is 400. */
const STATUSES = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
])

/**
 * Answers what cannot be read as a request, for `server.on('clientError', …)`: after the responses that are under way on
 * its connection, where Node's own server would write its 400 in the place of the first of them.
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
    // The client has said that its last request is the last, and nothing more is read: its answer ends the connection.
    if (!socket._httpMessage) endSoon(socket)
  } else {
    const incoming = socket.parser?.incoming
    const broken = incoming?.complete === false ? incoming : null
    refuseInTurn(socket, STATUSES.get(code) ?? 400, broken)
  }
}

/** @param {object | null} broken the request whose body it is that cannot be read; null for a request that never was. */
function refuseInTurn(socket, status, broken) {
  const res = socket._httpMessage
  if (res && res.req !== broken) {
    // The next response has its turn before this is told.
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
