'use strict'

const { AsyncResource } = require('node:async_hooks')
const { EarlyBytes } = require('../websocket/early-bytes')

/** The property of a connection that counts its waiting requests. */
const kWaiting = Symbol('waiting')

/**
 * Starts a request when its response can be written. Pipelined requests are processed one at a time and in order, as RFC
 * 9112, 9.3.2 requires for methods that are not safe. Meanwhile the connection is not read, so a client cannot make the
 * server buffer more than one read.
 *
 * A request is never started if its connection is closed before its turn.
 *
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 * @param {() => void} start called at once unless an earlier response is in progress.
 */
function atTurn(req, res, start) {
  const { socket } = req
  if (res.socket !== null || !isBusy(socket)) {
    start()
    return
  }
  socket[kWaiting] = (socket[kWaiting] ?? 0) + 1
  hold(socket)
  // In the request's asynchronous context, not in that of the previous response.
  const startInContext = AsyncResource.bind(start)
  res.once('socket', () => {
    socket[kWaiting]--
    if (socket[kWaiting] === 0) release(socket)
    if (!socket.destroyed) startInContext()
  })
}

/**
 * Starts an upgrade after all earlier responses of its connection. Data that the client sends meanwhile is kept for the new
 * protocol.
 *
 * @param {import('node:net').Socket} socket of the server's 'upgrade' event, from which Node has removed its listeners.
 * @param {() => void} start called at once unless an earlier response is in progress; never if the client disconnects
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
  // Replaces Node's listener.
  const onDrain = () => socket._httpMessage?.emit('drain')
  socket.on('drain', onDrain)
  const next = () => {
    if (socket.destroyed) return
    if (isBusy(socket)) {
      socket._httpMessage.once('close', next)
      return
    }
    socket.off('drain', onDrain)
    early.restore()
    if (hasEnded) socket.destroySoon()
    else start()
  }
  next()
}

/** Whether a response is in progress on a connection. Node keeps it in this property until it is finished. */
function isBusy(socket) {
  return socket?._httpMessage != null
}

/** Stops reading from a connection, even if Node's server calls `resume`. */
function hold(socket) {
  if (Object.hasOwn(socket, 'resume')) return
  // Node's parser reads from the handle directly, and cannot be paused, until there is a 'data' listener.
  socket.on('data', ignore)
  socket.off('data', ignore)
  // If the parser had stopped the handle because of a paused body, nothing restarts it after that, although the stream
  // believes that it is reading.
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
