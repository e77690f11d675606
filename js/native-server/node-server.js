'use strict'

const { EventEmitter } = require('node:events')
const http = require('node:http')
const {
  endWithoutUpgrade,
  isRefusedWebSocket,
  isWebSocket,
  refuseWebSocket,
  withUpgrades,
} = require('../http/asked-upgrades')
const { onClientError } = require('../http/client-errors')
const { Forwarded } = require('../http/forwarded')
const { createListener } = require('../http/listener')
const { kAdditions } = require('../websocket/denial')
const { limitBody } = require('./body-limit')
const { withDefaults } = require('./default-headers')
const { matcherOf, pathOf } = require('./paths')
const { answerHealth, answerNotFound } = require('./health')

/**
 * The node:http server for connections that the addon hands over. It never listens: `take` adds each connection.
 *
 * Requests for the app's paths go to the handler's `listener` and `upgrade`, all others to the program's listener or server.
 *
 * Emits 'empty' when its last connection is closed, and 'full' for a connection that was refused.
 */
class NodeServer extends http.Server {
  #address
  #settings
  #isPython
  #listener
  #upgrade
  // The server with the listeners for all other requests.
  #others
  #additions = null
  #sockets = new Set()
  #responses = new Set()
  #isClosing = false

  /**
   * @param {string | import('node:net').AddressInfo | null} address of the listening server.
   * @param {object} application
   * @param {object} settings of `readOptions`, and `dateHeader`.
   * @param {Function | http.Server | null} requestListener
   */
  constructor(address, application, settings, requestListener) {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize, headers, dateHeader } = settings
    const { exposeErrors, forwardedAllowIps } = settings
    const forwarded = forwardedAllowIps === '' ? null : new Forwarded(forwardedAllowIps)
    const isPython = matcherOf(settings.paths)
    const upgrade = upgradeOf(application, forwarded)
    const others = othersOf(requestListener)
    const isUpgrade = (req) => {
      if (isPython(pathOf(req.url))) return upgrade !== null && isWebSocket(req)
      return others.listenerCount('upgrade') > 0
    }
    const ServerResponse = withDefaults(http.ServerResponse, headers, dateHeader)
    const IncomingMessage = withUpgrades(http.IncomingMessage, isUpgrade)
    super({ headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize, IncomingMessage, ServerResponse })
    this.maxHeadersCount = settings.maxHeadersCount
    this.#address = address
    this.#settings = settings
    this.#isPython = isPython
    this.#listener = createListener(application, { rewriter: null, forwarded, isFirst: true, exposeErrors })
    this.#upgrade = upgrade
    this.#others = others
    if (headers.length > 0 || !dateHeader) this.#additions = { headers: headers.flat(), ServerResponse }
    this.on('request', (req, res) => this.#answer(req, res, 'request'))
    this.on('checkContinue', (req, res) => this.#answer(req, res, 'checkContinue'))
    this.on('checkExpectation', (req, res) => this.#answer(req, res, 'checkExpectation'))
    this.on('upgrade', (req, socket, head) => this.#change(req, socket, head))
    this.on('connect', (req, socket, head) => others.emit('connect', req, socket, head) || socket.destroy())
    this.on('clientError', (error, socket) => others.emit('clientError', error, socket) || onClientError(error, socket))
    // Starts Node's checks of timeouts.
    this.emit('listening')
  }

  /** The number of open connections, including WebSockets. */
  get size() {
    return this.#sockets.size
  }

  /** The address of the listening server, in the form of `net.Server`. */
  address() {
    return this.#address
  }

  /**
   * Adds a connection.
   *
   * @param {import('node:net').Socket} socket
   */
  take(socket) {
    const { maxConnections } = this.#settings
    if (maxConnections > 0 && this.#sockets.size >= maxConnections) {
      socket.destroy()
      this.emit('full')
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (this.#sockets.size === 0) this.emit('empty')
    })
    this.emit('connection', socket)
  }

  /** Closes idle connections at once, and others after their next response. Upgraded ones end by themselves. */
  endSoon() {
    this.#isClosing = true
    for (const res of this.#responses) {
      if (!res.headersSent) res.shouldKeepAlive = false
    }
    this.close()
    this.closeIdleConnections()
  }

  #answer(req, res, event) {
    this.#responses.add(res)
    res.once('close', () => this.#over(res))
    if (this.#isClosing) res.shouldKeepAlive = false
    endWithoutUpgrade(req, res)
    const { healthPath, maxRequestBody } = this.#settings
    const path = pathOf(req.url)
    if (maxRequestBody > 0 && !limitBody(req, res, maxRequestBody)) return
    if (path === healthPath) answerHealth(req, res, !this.#isClosing)
    else if (!this.#isPython(path)) this.#pass(req, res, event)
    else if (isRefusedWebSocket(req)) refuseWebSocket(res)
    else if (event === 'checkExpectation') res.writeHead(417).end()
    else this.#listener(req, res)
  }

  /** Emits an event to the program's listeners. */
  #pass(req, res, event) {
    if (this.#others.emit(event, req, res)) return
    if (event === 'checkExpectation') {
      res.writeHead(417).end()
    } else if (this.#others.listenerCount('request') === 0) {
      answerNotFound(req, res)
    } else {
      if (event === 'checkContinue') res.writeContinue()
      this.#others.emit('request', req, res)
    }
  }

  #change(req, socket, head) {
    if (!this.#isPython(pathOf(req.url))) {
      this.#others.emit('upgrade', req, socket, head)
      return
    }
    if (this.#additions !== null) req[kAdditions] = this.#additions
    this.#upgrade(req, socket, head)
  }

  #over(res) {
    this.#responses.delete(res)
    // Node regards the connection as idle only after 'finish'.
    if (this.#isClosing) setImmediate(() => this.closeIdleConnections())
  }
}

/** The program's server, or one made for its function. */
function othersOf(requestListener) {
  if (requestListener instanceof http.Server) return requestListener
  const others = new EventEmitter()
  if (requestListener !== null) others.on('request', requestListener)
  return others
}

/** Makes the listener for WebSockets; `null` without the package `ws`. */
function upgradeOf(application, forwarded) {
  const { createUpgrade } = require('../websocket/upgrade')
  try {
    return createUpgrade(application, { rewriter: null, forwarded })
  } catch (error) {
    if (error.code !== 'ERR_ASGI_WEBSOCKET_LIBRARY') throw error
    return null
  }
}

module.exports = { NodeServer }
