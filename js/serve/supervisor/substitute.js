'use strict'

const net = require('node:net')
const { open } = require('./sockets')

/** Accepts connections from the socket of a worker that does not run, for the server of another worker. */
class Substitute {
  #acceptor

  /**
   * @param {number} socket the descriptor of a listening socket; it stays open.
   * @param {number} backlog how many connections may wait to be accepted.
   * @param {import('node:net').Server} server gets the connections.
   * @throws {Error} the system's error.
   */
  constructor(socket, backlog, server) {
    // Duplicated, because closing a net.Server closes its descriptor.
    const { fd } = open({ fd: socket, backlog })
    const options = { allowHalfOpen: true, noDelay: true }
    this.#acceptor = net.createServer(options, (connection) => server.emit('connection', connection))
    this.#acceptor.on('error', (error) => server.emit('error', error))
    this.#acceptor.listen({ fd, backlog })
  }

  /** Stops accepting. */
  close() {
    this.#acceptor.close()
  }
}

module.exports = { Substitute }
