'use strict'

const net = require('node:net')
const { open } = require('./sockets')

/** Accepts connections from the socket of a worker that is not there, and gives them to the server of another worker. */
class Substitute {
  #acceptor

  /**
   * @param {number} socket the descriptor of a listening socket; it stays open.
   * @param {number} backlog how many connections may wait there.
   * @param {import('node:net').Server} server gets the connections; its own listeners answer them.
   * @throws {Error} the system's.
   */
  constructor(socket, backlog, server) {
    // Closing what listens closes its descriptor: this one can be used again.
    const { fd } = open({ fd: socket, backlog })
    const options = { allowHalfOpen: true, noDelay: true }
    this.#acceptor = net.createServer(options, (connection) => server.emit('connection', connection))
    this.#acceptor.on('error', (error) => server.emit('error', error))
    this.#acceptor.listen({ fd, backlog })
  }

  /** Accepts no more. */
  close() {
    this.#acceptor.close()
  }
}

module.exports = { Substitute }
