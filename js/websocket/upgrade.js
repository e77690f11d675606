'use strict'

const path = require('node:path')
const { core } = require('../binding')
const { Heartbeat } = require('./heartbeat')
const { describe } = require('../http/listener')
const { upgradeAtTurn } = require('../http/pipelining')
const { Denial } = require('./denial')
const { MAX_PIECES } = require('./unfinished-message')
const { WireSocket, kSocket } = require('./wire-socket')

const { create } = core.errors

/** The property of a request with a function that is called when its WebSocket is open. */
const kOpened = Symbol('opened')

/** The code of a close frame that has none. */
const NO_STATUS = 1005

/** Debian's folder of Node packages, for a Node that does not search it. */
const DEBIAN_FOLDER = '/usr/share/nodejs'

/**
 * Makes the `(req, socket, head)` function of a handler.
 *
 * The package `ws` reads and writes the frames. It checks the handshake before the app is called, and completes it after
 * the app has accepted.
 *
 * @param {object} application its `open` is called for each socket.
 * @param {object} view how requests are read, see `describe`.
 * @returns {(req: object, socket: import('node:net').Socket, head: Buffer) => void}
 * @throws {Error} `ERR_ASGI_WEBSOCKET_LIBRARY` without the package `ws`.
 */
function createUpgrade(application, view) {
  const { WebSocket, WebSocketServer } = loadLibrary()
  const { wsMaxPayload, wsPingInterval, wsPingTimeout, perMessageDeflate } = application.options
  const heartbeat = new Heartbeat(wsPingInterval, wsPingTimeout)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: wsMaxPayload,
    // For ws 8.21 and later; UnfinishedMessage covers the others.
    maxFragments: MAX_PIECES,
    perMessageDeflate,
    WebSocket: notifyingOfClose(WebSocket),
    // With two parameters, ws waits until the second one is called.
    verifyClient: ({ req }, proceed) => open(req, proceed),
    handleProtocols: (_offered, req) => req[kSocket].subprotocol,
  })
  server.on('headers', (lines, req) => req[kSocket].addHeaders(lines))
  // Replaces the error response of `ws`, which lacks the server's headers.
  server.on('wsClientError', (error, socket, req) => {
    new Denial(req, socket).refuse(req.method === 'GET' ? 400 : 405, error.message)
  })

  function open(req, proceed) {
    const exchange = req[kSocket]
    exchange.wait(proceed)
    try {
      const head = describe(req, application, view)
      head.webSocket = true
      head.body = null
      head.bodyOpen = false
      head.abilities = 0
      application.open(exchange, head)
    } catch (error) {
      exchange.onFail(error)
    }
  }

  return function upgrade(req, socket, head) {
    upgradeAtTurn(socket, () => {
      // Node keeps only the first thousand headers; `ws` before 8.17.1 would fail without this one.
      if (req.headers.upgrade === undefined) {
        new Denial(req, socket).refuse(400, 'Invalid Upgrade header')
        return
      }
      req[kSocket] = new WireSocket(application, heartbeat, req, socket)
      server.handleUpgrade(req, socket, head, onConnected)
    })
  }
}

/**
 * Makes a WebSocket class that notifies its exchange as soon as the client closes or violates the protocol: `ws` then calls
 * `close`. The 'close' event is later, when the connection is closed, which a client can delay.
 */
function notifyingOfClose(WebSocket) {
  return class extends WebSocket {
    close(code, reason) {
      this[kSocket]?.closed(code ?? NO_STATUS, reason === undefined ? '' : reason.toString())
      super.close(code, reason)
    }
  }
}

/** The handshake is complete. Called while the exchange lets `ws` proceed. */
function onConnected(webSocket, req) {
  req[kSocket].connected(webSocket)
  req[kOpened]?.()
}

/** Loads `ws` from this package's dependencies, or from those of the program. */
function loadLibrary() {
  const folders = [__dirname, process.cwd()]
  if (require.main?.filename !== undefined) folders.push(path.dirname(require.main.filename))
  for (const find of [() => require.resolve('ws', { paths: folders }), () => path.join(DEBIAN_FOLDER, 'ws')]) {
    try {
      return require(find())
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  const text = 'WebSockets on a server need the package ws: run `npm install ws` (Debian: install node-ws)'
  throw create('ERR_ASGI_WEBSOCKET_LIBRARY', text)
}

module.exports = { createUpgrade, kOpened }
