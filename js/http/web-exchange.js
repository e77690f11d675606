'use strict'

const { StreamExchange } = require('./stream-exchange')
const { isBodyless } = require('./wire')

const RESET_CONTENT = 205

/** An exchange for clients of the web, for which some responses have no body whatever an app sends. */
class WebExchange extends StreamExchange {
  #method
  #hasBody = true

  constructor(resolve, reject, method) {
    super(resolve, reject)
    this.#method = method
  }

  /**
   * Decides whether the response has a body, when its status is known.
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
    // Dropped, but taken, so that the app comes to its end.
    else this.acknowledge(chunk.length)
  }
}

module.exports = { WebExchange }
