'use strict'

const { ServerResponse } = require('node:http')
const { kAdditions } = require('../websocket/denial')
const { kOpened } = require('../websocket/upgrade')
const { bodyLength } = require('../http/wire')
const { withHeaders } = require('./default-headers')
const { clientOf } = require('./forwarded')

/** What a client gets whose WebSocket nobody here can speak. */
const UNSUPPORTED = 'WebSockets are not supported by this server'

/** The upgrades of one server. */
class Upgrades {
  #server
  #forwarded
  #log
  // What is added to every answer; null for nothing.
  #additions = null
  // The function of the handler; null without the package `ws`.
  #upgrade = null

  constructor(server, handler, forwarded, log, headers) {
    this.#server = server
    if (headers.length > 0) {
      this.#additions = { headers: headers.flat(), ServerResponse: withHeaders(ServerResponse, headers) }
    }
    this.#forwarded = forwarded
    this.#log = log
    try {
      this.#upgrade = handler.upgrade
    } catch (error) {
      if (error.code !== 'ERR_ASGI_WEBSOCKET_LIBRARY') throw error
    }
  }

  /** Takes the event of the server. */
  take(req, socket, head) {
    // Node's server has taken its own listeners away.
    socket.on('error', ignore)
    if (!isWebSocket(req)) {
      this.#answer(req, socket)
      return
    }
    if (this.#upgrade === null) {
      this.#log.warning('A client asks for a WebSocket, which needs the package ws: npm install ws')
      this.#refuse(req, socket, 501, UNSUPPORTED)
      return
    }
    if (this.#additions !== null) req[kAdditions] = this.#additions
    this.#forwarded?.apply(req)
    if (this.#log.hasAccess) this.#watch(req, socket)
    this.#upgrade(req, socket, head)
  }

  /** Logs what becomes of a handshake. */
  #watch(req, socket) {
    const { url, headers: { traceparent } } = req
    const client = clientOf(req)
    const started = performance.now()
    let isOpen = false
    const tell = (status) => {
      const duration = performance.now() - started
      this.#log.access({ client, method: 'GET', path: url, status, duration, traceparent })
    }
    req[kOpened] = () => {
      isOpen = true
      tell('accepted')
    }
    // A refusal is a response that Node keeps on its socket. Without one, `ws` has found the handshake malformed.
    socket.once('close', () => isOpen ? tell('closed') : tell(socket._httpMessage?.statusCode ?? 400))
  }

  /** Lets the server answer a request over HTTP/1, and nothing after it. */
  #answer(req, socket) {
    if (bodyLength(req.rawHeaders) !== 0) {
      // Node has not read it, as it may be anything.
      this.#refuse(req, socket, 501, 'This upgrade is not supported')
      return
    }
    this.#server.emit('request', req, this.#responseOn(req, socket))
  }

  #refuse(req, socket, status, text) {
    const res = this.#responseOn(req, socket)
    res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length })
    res.end(text)
  }

  #responseOn(req, socket) {
    const Response = this.#additions?.ServerResponse ?? ServerResponse
    const res = new Response(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    res.on('finish', () => socket.destroySoon())
    return res
  }
}

/**
 * Takes the requests that want another protocol: WebSockets go to the app, anything else is answered as if it had not
 * asked.
 *
 * @param {import('node:net').Server} server gets the requests that stay HTTP.
 * @param {import('..').PythonHandler} handler
 * @param {import('./forwarded').Forwarded | null} forwarded
 * @param {import('./log').Log} log
 * @param {[string, string][]} headers that are added to every answer.
 */
function takeUpgrades(server, handler, forwarded, log, headers) {
  const upgrades = new Upgrades(server, handler, forwarded, log, headers)
  server.on('upgrade', (req, socket, head) => upgrades.take(req, socket, head))
}

/** Tells whether an upgrade is to a WebSocket; `curl --http2` asks for another one. */
function isWebSocket(req) {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket'
}

function ignore() {}

module.exports = { takeUpgrades }
