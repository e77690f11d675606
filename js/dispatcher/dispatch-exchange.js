'use strict'

const { StreamExchange } = require('../stream-exchange')
const { isBodyless, responseHeaders } = require('../wire')

const RESET_CONTENT = 205

/** An exchange whose response is a status and a flat list of headers; the body is taken from the exchange. */
class DispatchExchange extends StreamExchange {
  #method
  #isBodyless = false

  constructor(resolve, reject, method) {
    super(resolve, reject)
    this.#method = method
  }

  createResponse(status, head) {
    this.#isBodyless = isBodyless(this.#method, status) || status === RESET_CONTENT
    return { status, headers: responseHeaders(head, false) }
  }

  onData(chunk) {
    // Dropped, but taken, so that the app comes to its end.
    if (this.#isBodyless) this.acknowledge(chunk.length)
    else super.onData(chunk)
  }
}

module.exports = { DispatchExchange }
