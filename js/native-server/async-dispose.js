'use strict'

/**
 * Gives a class of servers `Symbol.asyncDispose`, so that `await using` closes them. Node 18 has the symbol from 18.18 on.
 *
 * @param {new (...args: any[]) => { close(callback: () => void): void }} Server
 */
function closeByDispose({ prototype }) {
  if (Symbol.asyncDispose === undefined) return
  Object.defineProperty(prototype, Symbol.asyncDispose, {
    configurable: true,
    writable: true,
    /** Closes it; resolves when it is closed, at once where it does not listen. */
    async value() {
      await new Promise((resolve) => this.close(resolve))
    },
  })
}

module.exports = { closeByDispose }
