'use strict'

const { EndSignals } = require('./end-signals')

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM']

/** ms after the time limit of a graceful end until the process is killed. */
const SLACK_MS = 1000

/**
 * Handles Ctrl-C and other signals that end the process: the first begins a graceful end with a time limit; the second
 * ends it at once. After the limit the process is killed, because code that blocks it would ignore anything else.
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
   * @param {number} limit ms for a graceful end.
   * @param {import('./log').Log} log
   * @param {(code: number) => void} endNow exits at once.
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

  /** Starts the time limit, for a graceful end that began for another reason. */
  begin() {
    if (this.#timer !== null) return
    this.#signals.begin()
    this.#timer = setTimeout(() => this.#kill(), this.#limit + SLACK_MS)
  }

  /** Stops listening. */
  release() {
    clearTimeout(this.#timer)
    this.#signals.close()
  }

  #kill() {
    const seconds = (this.#limit + SLACK_MS) / 1000
    this.#log.error(
      `The app did not end within ${seconds} s and is killed: allow more time with --timeout-graceful-shutdown`,
    )
    process.kill(process.pid, 'SIGKILL')
  }
}

module.exports = { Interrupts }
