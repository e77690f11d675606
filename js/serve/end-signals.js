'use strict'

const { constants } = require('node:os')

/** ms within which a signal counts once: npm passes on the Ctrl-C that the terminal has already sent to the whole group. */
const SAME_MS = 500

/** Signals that end a program: the first in good order, a second one at once. */
class EndSignals {
  #since = null
  #listeners

  /**
   * Listens, until `close`.
   *
   * @param {string[]} names of the signals.
   * @param {(signal: string) => void} first is called for the first one.
   * @param {(code: number) => void} second is called for those behind it, with the status that says so.
   */
  constructor(names, first, second) {
    this.#listeners = names.map((signal) => [signal, () => {
      if (this.begin()) first(signal)
      else if (performance.now() - this.#since > SAME_MS) second(128 + constants.signals[signal])
    }])
    for (const [signal, listener] of this.#listeners) process.on(signal, listener)
  }

  /**
   * The orderly end begins, for whatever reason: a signal from now on is a second one.
   *
   * @returns {boolean} whether it had not begun.
   */
  begin() {
    if (this.#since !== null) return false
    this.#since = performance.now()
    return true
  }

  /** Signals do again what they do without us. */
  close() {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }
}

module.exports = { EndSignals }
