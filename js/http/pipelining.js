'use strict'

const { AsyncResource } = require('node:async_hooks')
const { EarlyBytes } = require('../websocket/early-bytes')

/** Where a connection counts its requests that wait for their turn. */
const kWaiting = Symbol('waiting')

/**
 * Starts a request when its response may be written. A client can send requests without waiting for the answers; they
 * are taken one at a time, in order, as RFC 9112, 9.3.2 asks for methods that change something. Meanwhile nothing more is
 * read from the connection, so what a client can make the server hold is what fits into one read.
 *
 * A request whose connection is closed before its turn is never started.
 *
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 * @param {() => void} start called at once unless an earlier response has the connection.
 */
function atTurn(req, res, start) {
  const { socket } = req
  if (res.socket !== null || !isBusy(socket)) {
    start()
    return
  }
  socket[kWaiting] = (socket[kWaiting] ?? 0) + 1
  hold(socket)
  // In the request's own asynchronous context, not in that of the response before it.
  const startInContext = AsyncResource.bind(start)
  res.once('socket', () => {
    socket[kWaiting]--
    if (socket[kWaiting] === 0) release(socket)
    if (!socket.destroyed) startInContext()
  })
}

/**
 * Takes an upgrade when all responses to earlier requests of its connection have been sent. What the client sends
 * meanwhile is kept for the new protocol.
 *
 * @param {import('node:net').Socket} socket of the server's 'upgrade' event: Node has taken its own listeners away.
 * @param {() => void} start called at once unless an earlier response has the connection; never when the client leaves
 *   before.
 */
function upgradeAtTurn(socket, start) {
  // A reset must not end the process.
  socket.on('error', ignore)
  release(socket)
  if (!isBusy(socket)) {
    start()
    return
  }
  let hasEnded = false
  const early = new EarlyBytes(socket, () => (hasEnded = true), () => undefined)
  // Node's listener, which told the response, is gone.
  const onDrain = () => socket._httpMessage?.emit('drain')
  socket.on('drain', onDrain)
  const next = () => {
    if (socket.destroyed) return
    if (isBusy(socket)) {
      socket._httpMessage.once('close', next)
      return
    }
    socket.off('drain', onDrain)
    early.giveBack()
    if (hasEnded) socket.destroySoon()
    else start()
  }
  next()
}

/** Tells whether a response has the connection: Node keeps it there until it is finished. */
function isBusy(socket) {
  return socket?._httpMessage != null
}

/** Reads nothing more, whatever Node's server does to go on. */
function hold(socket) {
  if (Object.hasOwn(socket, 'resume')) return
  // Node's parser reads past the stream, and cannot be paused, until the first listener is added.
  socket.on('data', ignore)
  socket.off('data', ignore)
  // For a body that waited the parser had stopped the handle itself. What would have started it again is gone with that
  // listener, and the stream takes the handle for reading.
  const handle = socket._handle
  if (handle?.reading === false) {
    handle.reading = true
    handle.readStart()
  }
  socket.pause()
  socket.resume = () => socket
}

function release(socket) {
  if (!Object.hasOwn(socket, 'resume')) return
  delete socket.resume
  socket.resume()
}

function ignore() {}

module.exports = { atTurn, upgradeAtTurn }
