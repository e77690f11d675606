'use strict'

/** The property of a request that holds whether it asks for another protocol. */
const kAsked = Symbol('asked')

/** The response to a WebSocket handshake if the package `ws` is not installed. */
const UNSUPPORTED = 'WebSockets are not supported by this server'

/**
 * Makes a class of requests which decides what is an upgrade. Node then parses all others, such as those of
 * `curl --http2`, as ordinary requests with their body.
 *
 * @param {typeof import('node:http').IncomingMessage} IncomingMessage
 * @param {(req: import('node:http').IncomingMessage) => boolean} [isUpgrade] called for requests that ask for another
 *   protocol, except CONNECT; default: handshakes of WebSockets are upgrades.
 * @returns {typeof import('node:http').IncomingMessage}
 */
function withUpgrades(IncomingMessage, isUpgrade = isWebSocket) {
  return class extends IncomingMessage {
    /** Node's parser sets it, and Node's server reads it after the headers. */
    get upgrade() {
      return this[kAsked] && (this.method === 'CONNECT' || isUpgrade(this))
    }

    set upgrade(asked) {
      this[kAsked] = asked
    }
  }
}

/**
 * Closes the connection after a request whose upgrade is not performed, because Node drops the data that it has read
 * together with the request.
 */
function endWithoutUpgrade(req, res) {
  if (req[kAsked]) res.shouldKeepAlive = false
}

/**
 * Whether a request is the handshake of a WebSocket which was not upgraded because the package `ws` is missing.
 *
 * @param {object} req of node:http or node:http2.
 * @returns {boolean}
 */
function isRefusedWebSocket(req) {
  return req[kAsked] === true && isWebSocket(req)
}

/** Responds to such a handshake. */
function refuseWebSocket(res) {
  res.writeHead(501, { 'content-type': 'text/plain; charset=utf-8', 'content-length': UNSUPPORTED.length })
  res.end(UNSUPPORTED)
}

/** Whether a request is the handshake of a WebSocket. */
function isWebSocket(req) {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
}

module.exports = { endWithoutUpgrade, isRefusedWebSocket, isWebSocket, refuseWebSocket, withUpgrades }
