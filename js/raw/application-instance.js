'use strict'

/**
 * One call of the app, for one scope. The app's `receive()` returns the events of `put`.
 *
 * Unlike a Connection it passes the app's events to the server, and drops events for an app that has ended, like late
 * datagrams, instead of rejecting. So `put` need not be awaited.
 */
class ApplicationInstance {
  /** Identifies the scope. */
  scopeId
  /** The scope that the app was called with. */
  scope
  /** The time of the last use, in ms since 1970. */
  lastUsed = Date.now()
  /** @internal Resolves when the app has ended and all its events were passed on. */
  ended
  /** @internal Whether `ended` has resolved. */
  hasEnded = false
  /** @internal The app's exception, or the failure of applicationSend; else `null`. */
  error = null

  #connection

  /** @internal */
  constructor(handler, scopeId, scope, pass) {
    this.scopeId = scopeId
    this.scope = scope
    this.#connection = handler.connect(scope)
    this.ended = this.#passOn(pass)
  }

  /** Whether the app is running. */
  get isOpen() {
    return this.#connection.isOpen
  }

  /**
   * Delivers an event to the app.
   *
   * @param {object} event as for `Connection.send`.
   * @returns {Promise<void>} resolves when more can be sent, or the app has ended; rejects with `ERR_ASGI_INVALID_EVENT`.
   */
  async put(event) {
    try {
      await this.#connection.send(event)
    } catch (error) {
      if (error.code !== 'ERR_ASGI_DISCONNECTED') throw error
    }
  }

  /** @internal Cancels the app. */
  close() {
    return this.#connection.close()
  }

  async #passOn(pass) {
    try {
      for await (const event of this.#connection) await pass(this.scope, event)
    } catch (error) {
      // Closing the handler is not an error of the app.
      if (error?.code !== 'ERR_ASGI_CLOSED') this.error = error
    }
    this.hasEnded = true
  }
}

module.exports = { ApplicationInstance }
