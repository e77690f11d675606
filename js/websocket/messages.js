'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

const { create } = core.errors

/** The maximum length of the reason in a close frame. */
const REASON_BYTES = 123

/** How many bytes a message counts as for flow control. */
function messageCost(data) {
  return core.messageCost(data.length)
}

/** Whether a code is valid in a close frame: RFC 6455, 7.4. */
function isCloseCode(code) {
  if (!Number.isInteger(code)) return false
  if (code >= 3000) return code <= 4999
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
}

/**
 * The messages of a request with `websocket: true`, in place of a body. They can be written before or after it is sent.
 *
 * It has the methods of RequestBody that Request uses.
 */
class RequestMessages {
  // Messages until the request is sent: { data, isText }.
  #held = []
  // { code, reason } after end() was called.
  #close = null
  #exchange = null
  // The socket is in use as long as this object is reachable, from here or from the response.
  lease = null

  /** A WebSocket has no body. */
  get bytes() {
    return null
  }

  /** A WebSocket has no body. */
  isOpen() {
    return false
  }

  /** @throws {AsgiError} `ERR_ASGI_REQUEST_USED` if another exchange uses the messages. */
  assertUnused() {
    if (this.#exchange !== null) throw create('ERR_ASGI_REQUEST_USED')
  }

  /**
   * Sends a message, or keeps it until the request is sent. The message is copied.
   *
   * @param {Buffer | Uint8Array | string} message a string is a text message.
   * @returns {Promise<void>} resolves when more can be written; at once before the request is sent.
   */
  write(message) {
    if (this.#close !== null) return Promise.reject(create('ERR_ASGI_WRITE_AFTER_END'))
    const isText = typeof message === 'string'
    let data
    try {
      data = core.checks.chunk(message)
    } catch (error) {
      return Promise.reject(error)
    }
    if (this.#exchange !== null) return this.#exchange.send(data, isText, !isText)
    this.#held.push({ data: isText ? data : Buffer.from(data), isText })
    return Promise.resolve()
  }

  /**
   * Closes the socket. Does nothing if it is closed.
   *
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION` for an invalid code or reason.
   */
  end(code = 1000, reason = '') {
    if (!isCloseCode(code)) {
      const text = `Invalid close code: expected 1000 to 1014 without 1004, 1005 and 1006, or 3000 to 4999, got ${
        inspect(code)
      }`
      throw create('ERR_ASGI_INVALID_OPTION', text)
    }
    if (typeof reason !== 'string' || Buffer.byteLength(reason) > REASON_BYTES) {
      const text = `Invalid close reason: expected a string of at most ${REASON_BYTES} bytes, got ${inspect(reason)}`
      throw create('ERR_ASGI_INVALID_OPTION', text)
    }
    if (this.#close !== null) return
    this.#close = { code, reason }
    if (this.#exchange !== null) this.#exchange.finish(code, reason)
  }

  /**
   * Attaches the messages to their exchange.
   *
   * @param {object} exchange a SocketExchange.
   * @param {object} lease see SocketExchange.
   */
  attach(exchange, lease) {
    this.#exchange = exchange
    this.lease = lease
    for (const { data, isText } of this.#held) exchange.send(data, isText)
    this.#held = []
    if (this.#close !== null) exchange.finish(this.#close.code, this.#close.reason)
  }
}

module.exports = { RequestMessages, messageCost }
