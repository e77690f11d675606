'use strict'

const { StreamExchange } = require('./stream-exchange')
const { isBodyless } = require('./wire')

const RESET_CONTENT = 205

/** An exchange for web-standard clients, which do not accept a body in some responses. */
class WebExchange extends StreamExchange {
  #method
  #hasBody = true

  constructor(resolve, reject, method) {
    super(resolve, reject)
    this.#method = method
  }

  /**
   * Decides from the status whether the response has a body.
   *
   * @param {number} status
   * @returns {boolean}
   */
  decideBody(status) {
    this.#hasBody = !isBodyless(this.#method, status) && status !== RESET_CONTENT
    return this.#hasBody
  }

  onData(chunk) {
    if (this.#hasBody) super.onData(chunk)
    // Dropped, but credited, so that the app can finish.
    else this.credit(chunk.length)
  }
}

module.exports = { WebExchange }
