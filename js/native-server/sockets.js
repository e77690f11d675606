'use strict'

const fs = require('node:fs')
const net = require('node:net')

/**
 * Makes a socket for a connection that the addon hands over.
 *
 * @param {number} descriptor owned by the socket from now on.
 * @param {Buffer} octets data that was read from the connection and not processed.
 * @returns {net.Socket}
 * @throws {Error} Node's error if it is not a socket; then the descriptor is closed.
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
