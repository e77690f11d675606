'use strict'

/** Where a request keeps whether it asks for another protocol. */
const kAsked = Symbol('asked')

/** The answer to a WebSocket handshake where the package `ws` is not installed. */
const UNSUPPORTED = 'WebSockets are not supported by this server'

/**
 * Makes the class of a server's requests, which says what is an upgrade. Node parses any other request that asks for a
 * protocol (`curl --http2` does) as the ordinary request it is then, with its body.
 *
 * @param {typeof import('node:http').IncomingMessage} IncomingMessage
 * @param {(req: import('node:http').IncomingMessage) => boolean} [isUpgrade] of a request that asks for another protocol,
 *   CONNECT apart; default: the handshake of a WebSocket is one.
 * @returns {typeof import('node:http').IncomingMessage}
 */
function withUpgrades(IncomingMessage, isUpgrade = isWebSocket) {
  return class extends IncomingMessage {
    /** Node's parser sets it, and Node's server reads it when the headers are there. */
    get upgrade() {
      return this[kAsked] && (this.method === 'CONNECT' || isUpgrade(this))
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

/**
 * Tells whether a request that is no upgrade is the handshake of a WebSocket: there is no library for it.
 *
 * @param {object} req of node:http or node:http2.
 * @returns {boolean}
 */
function isRefusedWebSocket(req) {
  return req[kAsked] === true && isWebSocket(req)
}

/** Answers the handshake of a WebSocket where there is no library for it. */
function refuseWebSocket(res) {
  res.writeHead(501, { 'content-type': 'text/plain; charset=utf-8', 'content-length': UNSUPPORTED.length })
  res.end(UNSUPPORTED)
}

/** Tells whether a request is the handshake of a WebSocket. */
function isWebSocket(req) {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
}

module.exports = { endWithoutUpgrade, isRefusedWebSocket, isWebSocket, refuseWebSocket, withUpgrades }
