'use strict'

const { ServerResponse } = require('node:http')
const { refusalOf } = require('../http/refusals')
const { checkFinal, declaredLength, endSoon, flushHead, responseHeaders } = require('../http/wire')

/**
 * The property of a request with the headers that its server adds to every response: `headers`, `[name, value, …]`, and
 * `ServerResponse`, a class of node:http that sends them.
 */
const kAdditions = Symbol('additions')

/**
 * The HTTP response to a WebSocket's handshake that the app or the server refuses. It closes the connection.
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
    // After everything was sent: otherwise a client that has sent more data would get a reset.
    this.#res.on('finish', () => network.destroySoon())
    this.#res.assignSocket(network)
  }

  /** Writes the head. Never throws: an error is reported, and becomes a plain 500. */
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

  /** @returns {boolean} false: wait for the network socket's 'drain' event. */
  write(chunk) {
    return this.#res.destroyed || this.#res.writableEnded || this.#res.write(chunk)
  }

  /** The response is complete. */
  end() {
    if (!this.#res.writableEnded) this.#res.end()
  }

  /** Aborts a started response so that the client knows it is incomplete. */
  cut() {
    endSoon(this.#network)
  }

  /** Sends an error response. */
  fail(error, application) {
    const { status, text } = refusalOf(error, application.options.exposeErrors)
    if (status === 500) application.report(error)
    this.refuse(status, text)
  }

  /** Sends a response with a status and a text. */
  refuse(status, text = '') {
    const length = Buffer.byteLength(text)
    this.#res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': length })
    this.#res.end(text)
  }
}

function ignore() {}

module.exports = { Denial, kAdditions }
