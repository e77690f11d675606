'use strict'

const http = require('node:http')
const net = require('node:net')

const { write: plainWrite, end: plainEnd } = http.ServerResponse.prototype
const { write: socketWrite } = net.Socket.prototype

/**
 * Whether a response's chunks go straight to the system, without a middleware (such as compression) or TLS in between.
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
 * Whether `res.end` is Node's own method.
 *
 * @param {object} res
 * @returns {boolean}
 */
function endsPlainly(res) {
  return res.end === plainEnd
}

/**
 * Whether only Node and the system see the body's Buffers, which do not change them.
 *
 * @param {object} res
 * @returns {boolean}
 */
function isOnlyRead(res) {
  return isPlain(res) && endsPlainly(res)
}

module.exports = { endsPlainly, isOnlyRead, isPlain }
