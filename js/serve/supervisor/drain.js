'use strict'

const net = require('node:net')
const tls = require('node:tls')

/** Where the last response of a connection is kept on it. */
const kResponse = Symbol('response')

/** Milliseconds between two looks for connections that are idle. */
const LOOK_MS = 25

/**
 * Lets the connections of a server come to their ends without a request lost.
 *
 * A client may send its next request at the moment in which we close, and would be told nothing but a reset. So a
 * connection is not closed because it is idle: its next request is answered with `Connection: close`. Only one that sends
 * none for a while is closed.
 */
class Drain {
  #server
  #native
  #sockets = new Set()
  #sessions = new Set()
  #handshakes = 0
  #isNativeOpen
  // How long a connection has to be idle before it is closed; ms.
  #idle = 0
  #begunAt = 0
  #isClosing = false

  /**
   * @param {import('node:net').Server} server of node:http, node:https or node:http2, with its listeners.
   * @param {import('../../native-server/server').PythonServer | null} [native] what listens in its place.
   */
  constructor(server, native = null) {
    this.#server = server
    this.#native = native
    this.#isNativeOpen = native !== null
    native?.once('close', () => (this.#isNativeOpen = false))
    const isSecure = server instanceof tls.Server
    server.on(isSecure ? 'secureConnection' : 'connection', (socket) => this.#connected(socket))
    server.prependListener('request', (req, res) => this.#asked(req, res))
    server.on('session', (session) => keep(this.#sessions, session))
    // A listener of ours alone would have the connections of clients that ask for it wait for ever.
    if (server.listenerCount('upgrade') > 0) server.on('upgrade', (_, socket) => this.#sockets.delete(socket))
    if (isSecure) this.#countHandshakes()
  }

  /**
   * Accepts no more connections, and lets each of them end with its next response.
   *
   * @param {number} idle milliseconds without a request after which a connection is closed.
   */
  begin(idle) {
    this.#isClosing = true
    this.#begunAt = performance.now()
    this.#idle = idle
    this.#native?.drain(idle)
    // That of node:http would close idle connections as well.
    if (this.#server.listening) net.Server.prototype.close.call(this.#server)
    for (const session of this.#sessions) session.close()
    for (const socket of this.#sockets) {
      if (isBusy(socket)) closeBehind(socket[kResponse])
    }
  }

  /**
   * Waits until there are no connections; WebSockets do not count.
   *
   * @param {number} grace milliseconds after which the rest is left as it is.
   * @returns {Promise<void>}
   */
  async ended(grace) {
    const startedAt = this.#begunAt
    const busyAt = new Map()
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        const now = performance.now()
        for (const socket of this.#sockets) {
          if (isBusy(socket)) busyAt.set(socket, now)
          else if (now - (busyAt.get(socket) ?? startedAt) >= this.#idle) socket.destroySoon()
        }
        if (now - startedAt < grace && this.#isInUse) return
        clearInterval(timer)
        resolve()
      }, LOOK_MS)
    })
  }

  get #isInUse() {
    return this.#isNativeOpen || this.#sockets.size + this.#sessions.size + this.#handshakes > 0
  }

  #connected(socket) {
    // HTTP/2 has sessions.
    if (socket.alpnProtocol !== 'h2') keep(this.#sockets, socket)
  }

  #asked(req, res) {
    if (req.httpVersionMajor !== 1) return
    req.socket[kResponse] = res
    if (this.#isClosing) closeBehind(res)
  }

  #countHandshakes() {
    this.#server.on('connection', () => this.#handshakes++)
    this.#server.on('secureConnection', () => this.#handshakes--)
    this.#server.on('tlsClientError', () => this.#handshakes--)
  }
}

function keep(all, one) {
  all.add(one)
  one.once('close', () => all.delete(one))
}

function isBusy(socket) {
  const response = socket[kResponse]
  return response !== undefined && !response.writableFinished && !response.destroyed
}

/** Has the connection end with a response, and its client know. */
function closeBehind(response) {
  if (!response.headersSent) response.shouldKeepAlive = false
}

module.exports = { Drain }
