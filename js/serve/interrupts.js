'use strict'

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/** npm passes on the Ctrl-C that the terminal has already sent to the whole group: the same one arrives twice. */
const SAME_INTERRUPT_MS = 500

/** What is left to the process beyond its time to end well, before it is killed. */
const SLACK_MS = 1000

/**
 * Ctrl-C and its kin: the first asks for an orderly end, which gets its time; the second ends at once. When the time is
 * over the process is killed, as whoever keeps it busy would not hear of anything gentler.
 */
class Interrupts {
  #limit
  #log
  #endNow
  #since = null
  #timer = null
  #resolve
  #listeners
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
    this.#endNow = endNow
    this.#listeners = Object.keys(SIGNALS).map((signal) => [signal, () => this.#take(signal)])
    for (const [signal, listener] of this.#listeners) process.on(signal, listener)
  }

  /** The orderly end has begun, for whatever reason: from now on its time counts. */
  begin() {
    if (this.#timer !== null) return
    this.#since = performance.now()
    this.#timer = setTimeout(() => this.#kill(), this.#limit + SLACK_MS)
  }

  /** Signals do again what they do without us. */
  release() {
    clearTimeout(this.#timer)
    for (const [signal, listener] of this.#listeners) process.off(signal, listener)
  }

  #take(signal) {
    if (this.#since === null) {
      this.begin()
      this.#resolve(signal)
    } else if (performance.now() - this.#since > SAME_INTERRUPT_MS) {
      this.#log.flush()
      this.#endNow(128 + SIGNALS[signal])
    }
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
