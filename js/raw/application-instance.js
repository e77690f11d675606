'use strict'

/**
 * One run of the app, for one scope: what `put` delivers, its `receive()` gives.
 *
 * Not the Connection itself: what the app sends is the server's to receive, and an event for an app that has ended is
 * dropped as a late datagram is, where a Connection rejects. So `put` need not be awaited.
 */
class ApplicationInstance {
  /** What the scope is known by. */
  scopeId
  /** The scope that the app was called with. */
  scope
  /** When it was asked for last: ms since 1970. */
  lastUsed = Date.now()
  /** @internal Resolves when the app has ended and all that it has sent is passed on. */
  ended
  /** @internal Whether that is so. */
  hasEnded = false
  /** @internal What the app has raised, or what failed when its event was passed on; `null` without. */
  error = null

  #connection

  /** @internal */
  constructor(handler, scopeId, scope, pass) {
    this.scopeId = scopeId
    this.scope = scope
    this.#connection = handler.connect(scope)
    this.ended = this.#passOn(pass)
  }

  /** Whether the app still runs. */
  get isOpen() {
    return this.#connection.isOpen
  }

  /**
   * Delivers an event to the app.
   *
   * @param {object} event as for `Connection.send`.
   * @returns {Promise<void>} resolves when there is room for more, or the app has ended; rejects with
   *   `ERR_ASGI_INVALID_EVENT`.
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
      // That the handler was closed is no error of the app's.
      if (error?.code !== 'ERR_ASGI_CLOSED') this.error = error
    }
    this.hasEnded = true
  }
}

module.exports = { ApplicationInstance }
