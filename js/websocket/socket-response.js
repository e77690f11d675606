'use strict'

const { core } = require('../binding')
const { Response, kReceived } = require('../messages/response')

const kLease = Symbol('lease')

/** The response to a request with `websocket: true`: a WebSocket, or what the app sent in its place. */
class SocketResponse extends Response {
  #exchange
  #subprotocol

  /**
   * @param {number} status
   * @param {string} head the headers as the core delivers them.
   * @param {string | null} subprotocol of an accepted socket, empty without one.
   * @param {object} exchange a SocketExchange.
   * @param {object} lease see there.
   */
  constructor(status, head, subprotocol, exchange, lease) {
    super(kReceived, status, head, null, exchange, core.NO_HEAD)
    this.#exchange = exchange
    this.#subprotocol = subprotocol
    this[kLease] = lease
  }

  /** The subprotocol that the app has chosen: empty without one, `null` when it has not accepted. */
  get subprotocol() {
    return this.#subprotocol
  }

  /** The code with which the socket was closed, once everything was read; `null` before. */
  get closeCode() {
    return this.#exchange.closed?.code ?? null
  }

  /** The reason with which the socket was closed, once everything was read; `null` before. */
  get closeReason() {
    return this.#exchange.closed?.reason ?? null
  }

  /**
   * Gives the next message.
   *
   * @returns {Promise<string | Buffer | null>} a string for text, `null` at the end. Rejects as `next()`.
   */
  async nextMessage() {
    const message = await this.#exchange.takeMessage()
    if (message === null) return null
    return message.isText ? message.data.toString() : message.data
  }
}

module.exports = { SocketResponse }
