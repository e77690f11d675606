'use strict'

const { ServerResponse } = require('node:http')
const { upgradeAtTurn } = require('../http/pipelining')
const { kAdditions } = require('../websocket/denial')
const { kOpened } = require('../websocket/upgrade')
const { responseClass } = require('./default-headers')
const { clientOf } = require('../http/forwarded')
const { CLIENT_LEFT } = require('./traffic')

/** Where a request keeps whether it asks for another protocol. */
const kAsked = Symbol('asked')

/** The answer to a WebSocket handshake where the package `ws` is not installed. */
const UNSUPPORTED = 'WebSockets are not supported by this server'

/**
 * Makes the class of a server's requests: only the handshake of a WebSocket is an upgrade. Node parses any other request
 * that asks for a protocol (`curl --http2` does) as the ordinary request it is then, with its body.
 *
 * @param {typeof import('node:http').IncomingMessage} IncomingMessage
 * @returns {typeof import('node:http').IncomingMessage}
 */
function withUpgrades(IncomingMessage) {
  return class extends IncomingMessage {
    /** Node's parser sets it, and Node's server reads it when the headers are there. */
    get upgrade() {
      return this[kAsked] && (this.method === 'CONNECT' || isWebSocket(this))
    }

    set upgrade(asked) {
      this[kAsked] = asked
    }
  }
}

/**
 * Makes a request that asks for another protocol, and does not get it, the last of its connection: Node drops what came
 * with it in one read.
 */
function endWithoutUpgrade(req, res) {
  if (req[kAsked]) res.shouldKeepAlive = false
}

/** The upgrades of one server. */
class Upgrades {
  #forwarded
  #log
  #metrics
  // What is added to every answer; null for nothing.
  #additions = null
  // The function of the handler; null without the package `ws`.
  #upgrade = null

  /**
   * @param {import('..').PythonHandler} handler gets the WebSockets.
   * @param {import('../http/forwarded').Forwarded | null} forwarded
   * @param {import('./log').Log} log
   * @param {import('./metrics/request-metrics').RequestMetrics | null} metrics
   * @param {{ headers: [string, string][], dateHeader: boolean }} settings of every answer.
   */
  constructor(handler, forwarded, log, metrics, settings) {
    const { headers, dateHeader } = settings
    if (headers.length > 0 || !dateHeader) {
      this.#additions = { headers: headers.flat(), ServerResponse: responseClass(ServerResponse, settings) }
    }
    this.#forwarded = forwarded
    this.#log = log
    this.#metrics = metrics
    try {
      this.#upgrade = handler.upgrade
    } catch (error) {
      if (error.code !== 'ERR_ASGI_WEBSOCKET_LIBRARY') throw error
    }
  }

  /** Takes the handshakes of a server, if there is a library for them. */
  listen(server) {
    if (this.#upgrade === null) return
    server.on('upgrade', (req, socket, head) => upgradeAtTurn(socket, () => this.#take(req, socket, head)))
  }

  /**
   * Refuses a handshake for which there is no library.
   *
   * @param {object} req of node:http or node:http2.
   * @param {object} res
   * @returns {boolean} whether it was one.
   */
  refuse(req, res) {
    if (!req[kAsked] || !isWebSocket(req)) return false
    this.#log.warning('A client asks for a WebSocket, which needs the package ws: npm install ws')
    res.writeHead(501, { 'content-type': 'text/plain; charset=utf-8', 'content-length': UNSUPPORTED.length })
    res.end(UNSUPPORTED)
    return true
  }

  #take(req, socket, head) {
    if (this.#additions !== null) req[kAdditions] = this.#additions
    this.#forwarded?.apply(req)
    if (this.#log.hasAccess || this.#metrics !== null) this.#watch(req, socket)
    this.#upgrade(req, socket, head)
  }

  /** Logs and counts what becomes of a handshake. */
  #watch(req, socket) {
    const { url, headers: { traceparent } } = req
    const client = clientOf(req)
    const started = performance.now()
    const written = socket.bytesWritten
    let isOpen = false
    const tell = (status) => {
      const duration = performance.now() - started
      this.#log.access({ client, method: 'GET', path: url, status, duration, traceparent })
    }
    req[kOpened] = () => {
      isOpen = true
      this.#metrics?.handshake(101)
      tell('accepted')
    }
    socket.once('close', () => {
      if (isOpen) {
        this.#metrics?.webSocketClosed()
        tell('closed')
      } else {
        const status = refusalOf(socket, written)
        this.#metrics?.handshake(status)
        tell(status)
      }
    })
  }
}

/**
 * Gives the status of a handshake that opened no WebSocket. A refusal is a response that Node keeps on its socket. Where
 * something was written without one, an older `ws` has found the handshake malformed.
 */
function refusalOf(socket, writtenBefore) {
  const res = socket._httpMessage
  if (res?.headersSent) return res.statusCode
  return socket.bytesWritten > writtenBefore ? 400 : CLIENT_LEFT
}

/** Tells whether a request is the handshake of a WebSocket. */
function isWebSocket(req) {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
}

module.exports = { Upgrades, endWithoutUpgrade, withUpgrades }
