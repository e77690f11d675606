'use strict'

const { constants } = require('node:os')
const { watchStarter } = require('./starter')

/** ms within which a signal counts once: npm passes on the Ctrl-C that the terminal has already sent to the whole group. */
const SAME_MS = 500

/** What stands for the signal when npm, which started the program, has ended. */
const NPM_ENDED = 'npm'

/**
 * Signals that end a program: the first in good order, a second one at once. The end of the npm that started it counts as a
 * first signal, and never as a second.
 */
class EndSignals {
  #since = null
  #listeners
  #starter

  /**
   * Listens, until `close`.
   *
   * @param {string[]} names of the signals.
   * @param {(signal: string) => void} first is called for the first one; see `announcementOf`.
   * @param {(code: number) => void} second is called for those behind it, with the status that says so.
   */
  constructor(names, first, second) {
    this.#listeners = names.map((signal) => [signal, () => {
      if (this.begin()) first(signal)
      else if (performance.now() - this.#since > SAME_MS) second(128 + constants.signals[signal])
    }])
    for (const [signal, listener] of this.#listeners) process.on(signal, listener)
    this.#starter = watchStarter(() => this.begin() && first(NPM_ENDED))
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
    this.#starter.close()
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }
}

/**
 * Says that the orderly end begins.
 *
 * @param {string} signal as `first` of EndSignals gets it.
 * @returns {string} a line for the log.
 */
function announcementOf(signal) {
  if (signal === NPM_ENDED) return 'Closing: npm, which started it, has ended'
  return 'Closing. Press Ctrl-C again to end at once'
}

module.exports = { EndSignals, announcementOf }
