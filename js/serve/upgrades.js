'use strict'

const { ServerResponse } = require('node:http')
const { isRefusedWebSocket, refuseWebSocket } = require('../http/asked-upgrades')
const { responseClass } = require('../http/default-headers')
const { clientOf } = require('../http/forwarded')
const { upgradeAtTurn } = require('../http/pipelining')
const { kAdditions } = require('../websocket/denial')
const { kOpened } = require('../websocket/upgrade')
const { CLIENT_LEFT } = require('./traffic')

/** The upgrades of one server. */
class Upgrades {
  #forwarded
  #log
  #metrics
  // Headers for every response to a handshake; null for none.
  #additions = null
  // The handler's `upgrade`; null without the package `ws`.
  #upgrade = null

  /**
   * @param {import('..').PythonHandler} handler gets the WebSockets.
   * @param {import('../http/forwarded').Forwarded | null} forwarded
   * @param {import('./log').Log} log
   * @param {import('./metrics/request-metrics').RequestMetrics | null} metrics
   * @param {{ headers: [string, string][], dateHeader: boolean }} settings of responses.
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

  /** Handles the upgrades of a server, if the package `ws` is installed. */
  listen(server) {
    if (this.#upgrade === null) return
    server.on('upgrade', (req, socket, head) => upgradeAtTurn(socket, () => this.#take(req, socket, head)))
  }

  /**
   * Refuses the handshake of a WebSocket if the package `ws` is not installed.
   *
   * @param {object} req of node:http or node:http2.
   * @param {object} res
   * @returns {boolean} false for other requests.
   */
  refuse(req, res) {
    if (!isRefusedWebSocket(req)) return false
    this.#log.warning('A client requested a WebSocket, which needs the package ws: run npm install ws')
    refuseWebSocket(res)
    return true
  }

  #take(req, socket, head) {
    if (this.#additions !== null) req[kAdditions] = this.#additions
    this.#forwarded?.apply(req)
    if (this.#log.hasAccess || this.#metrics !== null) this.#watch(req, socket)
    this.#upgrade(req, socket, head)
  }

  /** Logs and counts the outcome of a handshake. */
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
 * The status of a handshake that opened no WebSocket. A refusal is a response that Node keeps on its socket. If data
 * was written without one, an older `ws` has rejected a malformed handshake.
 */
function refusalOf(socket, writtenBefore) {
  const res = socket._httpMessage
  if (res?.headersSent) return res.statusCode
  return socket.bytesWritten > writtenBefore ? 400 : CLIENT_LEFT
}

module.exports = { Upgrades }
