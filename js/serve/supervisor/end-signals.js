'use strict'

const { constants } = require('node:os')

const SIGNALS = ['SIGINT', 'SIGTERM']

/** Milliseconds within which a signal counts once: npm passes on the Ctrl-C that the terminal sends to all processes. */
const SAME_MS = 500

/** Ends what runs workers when it is asked to: in good order the first time, at once the second. */
class EndSignals {
  #subject
  #log
  #askedAt = null
  #end
  #ended = new Promise((resolve) => (this.#end = resolve))
  #onSignal = (signal) => this.#asked(signal)

  /**
   * @param {{ stop(): Promise<void>, kill(): void }} subject
   * @param {import('../log').Log} log
   */
  constructor(subject, log) {
    this.#subject = subject
    this.#log = log
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
  }

  /** Resolves when the subject has stopped because of a signal. */
  async ended() {
    await this.#ended
    this.#log.info('Closed')
  }

  /** Listens no more. */
  close() {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  #asked(signal) {
    const now = performance.now()
    if (this.#askedAt === null) {
      this.#askedAt = now
      this.#log.info('Closing. Press Ctrl-C again to end at once')
      this.#end(this.#subject.stop())
    } else if (now - this.#askedAt > SAME_MS) {
      this.#subject.kill()
      process.exit(128 + constants.signals[signal])
    }
  }
}

module.exports = { EndSignals }
