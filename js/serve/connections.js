'use strict'

const tls = require('node:tls')
const { Sessions } = require('./sessions')

/** ms that connections have to send their remaining data when the server stops. */
const LINGER = 500

/** Tracks the connections of a server, to close them when it stops. */
class Connections {
  #server
  #sockets = new Set()
  // The TCP sockets below TLS, which are all that exists during a TLS handshake.
  #carriers = new Set()
  #sessions

  /**
   * @param {import('node:net').Server} server of node:http, node:https or node:http2.
   * @param {import('./sessions').Limits} limits for HTTP/2; for HTTP/1 Node has them.
   */
  constructor(server, limits) {
    this.#server = server
    const isSecure = server instanceof tls.Server
    server.on('connection', (socket) => keep(isSecure ? this.#carriers : this.#sockets, socket))
    server.on('secureConnection', (socket) => keep(this.#sockets, socket))
    this.#sessions = new Sessions(server, limits)
  }

  /** Closes idle connections, and stops accepting requests on HTTP/2 sessions. */
  endIdle() {
    this.#sessions.close()
    if (typeof this.#server.closeIdleConnections === 'function') {
      this.#server.closeIdleConnections()
      return
    }
    // node:http2 of Node 18 cannot close its idle HTTP/1 connections itself.
    for (const socket of this.#sockets) {
      if (socket.alpnProtocol === 'http/1.1' && !socket._httpMessage) socket.destroySoon()
    }
  }

  /**
   * Closes all connections after they have sent the data written to them.
   *
   * @returns {Promise<void>} resolves when they are closed.
   */
  async end() {
    this.#sessions.destroy()
    const closed = Array.from(this.#sockets, (socket) => new Promise((resolve) => socket.once('close', resolve)))
    for (const socket of this.#sockets) socket.destroySoon()
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, LINGER)
    await Promise.all(closed)
    clearTimeout(timer)
    for (const carrier of this.#carriers) carrier.destroy()
  }
}

function keep(all, one) {
  all.add(one)
  one.once('close', () => all.delete(one))
}

module.exports = { Connections }
