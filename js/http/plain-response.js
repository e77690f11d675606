'use strict'

const http = require('node:http')
const net = require('node:net')

const { write: plainWrite, end: plainEnd } = http.ServerResponse.prototype
const { write: socketWrite } = net.Socket.prototype

/**
 * Tells whether chunks that a response is given go to the system, and nobody in between gets them: a middleware that
 * compresses, a TLS connection.
 *
 * @param {object} res
 * @returns {boolean}
 */
function isPlain(res) {
  const { socket } = res
  return res.write === plainWrite && socket !== null && Object.getPrototypeOf(socket) === net.Socket.prototype &&
    socket.write === socketWrite
}

/**
 * Tells whether `res.end` is Node's own, which may be given what others in front of it might not expect.
 *
 * @param {object} res
 * @returns {boolean}
 */
function endsPlainly(res) {
  return res.end === plainEnd
}

/**
 * Tells whether nobody but Node and the system gets the body's Buffers, and they only read them.
 *
 * @param {object} res
 * @returns {boolean}
 */
function isOnlyRead(res) {
  return isPlain(res) && endsPlainly(res)
}

module.exports = { endsPlainly, isOnlyRead, isPlain }
