'use strict'

const { core } = require('../binding')
const { Response, kReceived } = require('../messages/response')

const kLease = Symbol('lease')

/** The response to a request with `websocket: true`: a WebSocket, or the app's HTTP response that denies it. */
class SocketResponse extends Response {
  #exchange
  #subprotocol

  /**
   * @param {number} status
   * @param {object} head the headers as a Head of the core.
   * @param {string | null} subprotocol of an accepted socket, which may be empty.
   * @param {object} exchange a SocketExchange.
   * @param {object} lease see SocketExchange.
   */
  constructor(status, head, subprotocol, exchange, lease) {
    super(kReceived, status, head, null, exchange, core.NO_HEAD)
    this.#exchange = exchange
    this.#subprotocol = subprotocol
    this[kLease] = lease
  }

  /** The subprotocol that the app has chosen, which may be empty; `null` if it has not accepted. */
  get subprotocol() {
    return this.#subprotocol
  }

  /** The close code, after all messages were read; `null` before. */
  get closeCode() {
    return this.#exchange.closed?.code ?? null
  }

  /** The close reason, after all messages were read; `null` before. */
  get closeReason() {
    return this.#exchange.closed?.reason ?? null
  }

  /**
   * Reads the next message.
   *
   * @returns {Promise<string | Buffer | null>} a string for a text message, `null` at the end. Rejects like `next()`.
   */
  async nextMessage() {
    const message = await this.#exchange.takeMessage()
    if (message === null) return null
    return message.isText ? message.data.toString() : message.data
  }
}

module.exports = { SocketResponse }
