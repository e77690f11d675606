'use strict'

const net = require('node:net')
const tls = require('node:tls')

/** The property of a socket with its last response. */
const kResponse = Symbol('response')

/** ms between two checks for idle connections. */
const CHECK_MS = 25

/**
 * Closes the connections of a server without losing a request.
 *
 * If an idle connection is closed while the client sends its next request, the client gets a reset instead of a
 * response. Therefore the next request of a connection is answered with `Connection: close`, and a connection is only
 * closed if it has been idle for a while.
 */
class Drain {
  #server
  #native
  #sockets = new Set()
  #sessions = new Set()
  #handshakes = 0
  #isNativeOpen
  // ms that a connection must be idle before it is closed.
  #idle = 0
  #begunAt = 0
  #isClosing = false

  /**
   * @param {import('node:net').Server} server of node:http, node:https or node:http2, with its listeners.
   * @param {import('../../native-server/server').PythonServer | null} [native] the native server, if it listens
   *   instead.
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
    // With this listener alone, Node would leave upgrade requests without a response.
    if (server.listenerCount('upgrade') > 0) server.on('upgrade', (_, socket) => this.#sockets.delete(socket))
    if (isSecure) this.#countHandshakes()
  }

  /**
   * Accepts no more connections, and closes each after its next response.
   *
   * @param {number} idle ms without a request after which a connection is closed.
   */
  begin(idle) {
    this.#isClosing = true
    this.#begunAt = performance.now()
    this.#idle = idle
    this.#native?.drain(idle)
    // http.Server's close() would close idle connections, too.
    if (this.#server.listening) net.Server.prototype.close.call(this.#server)
    for (const session of this.#sessions) session.close()
    for (const socket of this.#sockets) {
      if (isBusy(socket)) closeAfter(socket[kResponse])
    }
  }

  /**
   * Waits until all connections are closed, except WebSockets.
   *
   * @param {number} grace the maximum of ms to wait, counted from `begin`.
   * @returns {Promise<void>} resolves even if some are still open.
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
      }, CHECK_MS)
    })
  }

  get #isInUse() {
    return this.#isNativeOpen || this.#sockets.size + this.#sessions.size + this.#handshakes > 0
  }

  #connected(socket) {
    // HTTP/2 connections are tracked as sessions.
    if (socket.alpnProtocol !== 'h2') keep(this.#sockets, socket)
  }

  #asked(req, res) {
    if (req.httpVersionMajor !== 1) return
    req.socket[kResponse] = res
    if (this.#isClosing) closeAfter(res)
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

/** Closes the connection after a response, with `Connection: close`, unless its head was already sent. */
function closeAfter(response) {
  if (!response.headersSent) response.shouldKeepAlive = false
}

module.exports = { Drain }
