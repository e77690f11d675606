'use strict'

const fs = require('node:fs')
const net = require('node:net')

/**
 * Makes a socket of a connection that is handed over, as a server of node:http has it.
 *
 * @param {number} descriptor is the socket's from now on, and closed with it.
 * @param {Buffer} octets what was read from the connection and not answered.
 * @returns {net.Socket}
 * @throws {Error} Node's, for what is no socket; the descriptor is closed then.
 */
function socketOf(descriptor, octets) {
  const socket = open(descriptor)
  socket.setNoDelay(true)
  if (octets.length > 0) socket.unshift(octets)
  return socket
}

function open(fd) {
  try {
    return new net.Socket({ fd, readable: true, writable: true, allowHalfOpen: true })
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

module.exports = { socketOf }
