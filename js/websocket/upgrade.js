'use strict'

const path = require('node:path')
const { core } = require('../binding')
const { Heartbeat } = require('./heartbeat')
const { describe } = require('../http/listener')
const { upgradeAtTurn } = require('../http/pipelining')
const { Denial } = require('./denial')
const { MOST_PIECES } = require('./unfinished-message')
const { WireSocket, kSocket } = require('./wire-socket')

const { create } = core.errors

/** Where a request keeps a function that is called once its WebSocket is open. */
const kOpened = Symbol('opened')

/** The code for a close frame without one. */
const NO_STATUS = 1005

/** Where Debian puts the packages of Node, for a Node that does not look there itself. */
const DEBIAN_FOLDER = '/usr/share/nodejs'

/**
 * Makes the `(req, socket, head)` function of a handler, from its application.
 *
 * The package `ws` reads and writes the frames. Its check of the handshake comes before the app is asked, and its answer
 * waits for the app's.
 *
 * @param {object} application its `open` is called for each socket.
 * @param {object} view how requests are read, see `describe`.
 * @returns {(req: object, socket: import('node:net').Socket, head: Buffer) => void}
 * @throws {Error} `ERR_ASGI_WEBSOCKET_LIBRARY` when there is no `ws`.
 */
function createUpgrade(application, view) {
  const { WebSocket, WebSocketServer } = loadLibrary()
  const { wsMaxPayload, wsPingInterval, wsPingTimeout, perMessageDeflate } = application.options
  const heartbeat = new Heartbeat(wsPingInterval, wsPingTimeout)
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: wsMaxPayload,
    // From 8.21 on; for all versions see UnfinishedMessage.
    maxFragments: MOST_PIECES,
    perMessageDeflate,
    WebSocket: tellingOfClose(WebSocket),
    // Two parameters: ws waits until the second is called.
    verifyClient: ({ req }, proceed) => open(req, proceed),
    handleProtocols: (_offered, req) => req[kSocket].subprotocol,
  })
  server.on('headers', (lines, req) => req[kSocket].addHeaders(lines))
  // What `ws` would answer itself, without the headers of the server.
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
      // Node keeps the first thousand headers of a request; `ws` before 8.17.1 reads this one without looking for it.
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
 * Makes a WebSocket that tells its exchange at once when the client closes, or sends what is no WebSocket: `ws` answers
 * both with `close`. Its own event waits until the connection is closed, which a client can put off.
 */
function tellingOfClose(WebSocket) {
  return class extends WebSocket {
    close(code, reason) {
      this[kSocket]?.closed(code ?? NO_STATUS, reason === undefined ? '' : reason.toString())
      super.close(code, reason)
    }
  }
}

/** The handshake is done: called while the exchange lets `ws` proceed. */
function onConnected(webSocket, req) {
  req[kSocket].connected(webSocket)
  req[kOpened]?.()
}

/** Loads `ws`: from where this package is, or where the program is. */
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
  const text = 'WebSockets on a server need the package ws, which is not there: `npm install ws`, or node-ws of Debian'
  throw create('ERR_ASGI_WEBSOCKET_LIBRARY', text)
}

module.exports = { createUpgrade, kOpened }
