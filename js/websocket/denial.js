'use strict'

const { ServerResponse } = require('node:http')
const { refusalOf } = require('../http/refusals')
const { checkFinal, declaredLength, endSoon, flushHead, responseHeaders } = require('../http/wire')

/**
 * Where a request keeps what its server adds to every answer: `headers`, `[name, value, …]`, and `ServerResponse`, a
 * class of node:http that sends them.
 */
const kAdditions = Symbol('additions')

/**
 * The HTTP response to a WebSocket's handshake that the app, or the server, refuses. The connection ends with it.
 */
class Denial {
  #network
  #res

  /**
   * @param {import('node:http').IncomingMessage} req
   * @param {import('node:net').Socket} network
   */
  constructor(req, network) {
    this.#network = network
    const Response = req[kAdditions]?.ServerResponse ?? ServerResponse
    this.#res = new Response(req)
    this.#res.shouldKeepAlive = false
    this.#res.on('error', ignore)
    // Not before all of it has left: a client that has sent more than its request would else be reset.
    this.#res.on('finish', () => network.destroySoon())
    this.#res.assignSocket(network)
  }

  /** Writes the head. Throws nothing: what cannot be sent is reported, and becomes a plain 500. */
  start(status, head, application) {
    try {
      const list = responseHeaders(head, false)
      checkFinal(status)
      declaredLength(list)
      this.#res.writeHead(status, list)
      flushHead(this.#res)
    } catch (error) {
      this.fail(error, application)
    }
  }

  /** @returns {boolean} whether the network socket has taken it; else its 'drain' event tells. */
  write(chunk) {
    return this.#res.destroyed || this.#res.writableEnded || this.#res.write(chunk)
  }

  /** The response is complete. */
  end() {
    if (!this.#res.writableEnded) this.#res.end()
  }

  /** Ends a started response so that the client cannot take it for a complete one. */
  cut() {
    endSoon(this.#network)
  }

  /** Answers with an error. */
  fail(error, application) {
    const { status, text } = refusalOf(error, application)
    if (status === 500) application.report(error)
    this.refuse(status, text)
  }

  /** Answers with a status alone. */
  refuse(status, text = '') {
    const length = Buffer.byteLength(text)
    this.#res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': length })
    this.#res.end(text)
  }
}

function ignore() {}

module.exports = { Denial, kAdditions }
