'use strict'

const { constants } = require('node:os')
const { watchStarter } = require('./starter')

/**
 * ms within which a repeated signal is ignored: the terminal sends Ctrl-C to all processes of the group, and npm forwards
 * it once more.
 */
const SAME_MS = 500

/** Used in place of a signal when npm, which started the program, has ended. */
const NPM_ENDED = 'npm'

/**
 * Signals that end a program: the first one gracefully, a second one at once. The end of the npm that started the
 * program counts as a first signal, but not as a second.
 */
class EndSignals {
  #since = null
  #listeners
  #starter

  /**
   * Listens, until `close`.
   *
   * @param {string[]} names of the signals.
   * @param {(signal: string) => void} first called for the first signal; see `announcementOf`.
   * @param {(code: number) => void} second called for later signals, with the exit code.
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
   * Records that the graceful end has begun for another reason, so that the next signal counts as the second.
   *
   * @returns {boolean} false if it had already begun.
   */
  begin() {
    if (this.#since !== null) return false
    this.#since = performance.now()
    return true
  }

  /** Stops listening. */
  close() {
    this.#starter.close()
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }
}

/**
 * The log message for the beginning of the graceful end.
 *
 * @param {string} signal the argument of EndSignals' `first`.
 * @returns {string}
 */
function announcementOf(signal) {
  if (signal === NPM_ENDED) return 'Closing: npm, which started it, has ended'
  return 'Closing. Press Ctrl-C again to end at once'
}

module.exports = { EndSignals, announcementOf }
