'use strict'

/**
 * Adds `Symbol.asyncDispose` to a class of servers, so that `await using` closes them. Node has the symbol from 18.18 on.
 *
 * @param {new (...args: any[]) => { close(callback: () => void): void }} Server
 */
function closeByDispose({ prototype }) {
  if (Symbol.asyncDispose === undefined) return
  Object.defineProperty(prototype, Symbol.asyncDispose, {
    configurable: true,
    writable: true,
    /** Closes the server. Resolves at once if it does not listen. */
    async value() {
      await new Promise((resolve) => this.close(resolve))
    },
  })
}

module.exports = { closeByDispose }
