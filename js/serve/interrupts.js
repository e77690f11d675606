'use strict'

const { EndSignals } = require('./end-signals')

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM']

/** What is left to the process beyond its time to end well, before it is killed. */
const SLACK_MS = 1000

/**
 * Ctrl-C and its kin: the first asks for an orderly end, which gets its time; the second ends at once. When the time is
 * over the process is killed, as whoever keeps it busy would not hear of anything gentler.
 */
class Interrupts {
  #limit
  #log
  #timer = null
  #resolve
  #signals
  /** Resolves with the signal's name. */
  first = new Promise((resolve) => (this.#resolve = resolve))

  /**
   * Listens, until `release`.
   *
   * @param {number} limit ms that an orderly end may take.
   * @param {import('./log').Log} log
   * @param {(code: number) => void} endNow ends the process with a status, without waiting for anything.
   */
  constructor(limit, log, endNow) {
    this.#limit = limit
    this.#log = log
    const first = (signal) => {
      this.begin()
      this.#resolve(signal)
    }
    const second = (code) => {
      log.flush()
      endNow(code)
    }
    this.#signals = new EndSignals(SIGNALS, first, second)
  }

  /** The orderly end has begun, for whatever reason: from now on its time counts. */
  begin() {
    if (this.#timer !== null) return
    this.#signals.begin()
    this.#timer = setTimeout(() => this.#kill(), this.#limit + SLACK_MS)
  }

  /** Signals do again what they do without us. */
  release() {
    clearTimeout(this.#timer)
    this.#signals.close()
  }

  #kill() {
    const seconds = (this.#limit + SLACK_MS) / 1000
    this.#log.error(
      `The app has not ended within ${seconds} s and is killed; --timeout-graceful-shutdown gives it longer`,
    )
    process.kill(process.pid, 'SIGKILL')
  }
}

module.exports = { Interrupts }
