'use strict'

const tls = require('node:tls')
const { Sessions } = require('./sessions')

/** ms that a connection may take to send what is left for its client, when the server ends. */
const LINGER = 500

/** The connections of a server, for its end. */
class Connections {
  #server
  #sockets = new Set()
  // Of TLS: what lies below, which is all there is while both sides still agree on a key.
  #carriers = new Set()
  #sessions

  /**
   * @param {import('node:net').Server} server of node:http, node:https or node:http2.
   * @param {import('./sessions').Limits} limits of HTTP/2; Node itself has those of HTTP/1.
   */
  constructor(server, limits) {
    this.#server = server
    const isSecure = server instanceof tls.Server
    server.on('connection', (socket) => keep(isSecure ? this.#carriers : this.#sockets, socket))
    server.on('secureConnection', (socket) => keep(this.#sockets, socket))
    this.#sessions = new Sessions(server, limits)
  }

  /** Ends the connections on which nothing is under way, and lets those of HTTP/2 take nothing more. */
  endIdle() {
    this.#sessions.close()
    if (typeof this.#server.closeIdleConnections === 'function') {
      this.#server.closeIdleConnections()
      return
    }
    // node:http2 of Node 18 does not know which of its HTTP/1 connections are idle.
    for (const socket of this.#sockets) {
      if (socket.alpnProtocol === 'http/1.1' && !socket._httpMessage) socket.destroySoon()
    }
  }

  /**
   * Ends all connections, once they have sent what was written.
   *
   * @returns {Promise<void>} when they are closed.
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
