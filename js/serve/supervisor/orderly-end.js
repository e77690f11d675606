'use strict'

const { EndSignals, announcementOf } = require('../end-signals')

const SIGNALS = ['SIGINT', 'SIGTERM']

/** Stops a supervisor or a reloader on signals: gracefully at the first one, at once at the second. */
class OrderlyEnd {
  #log
  #signals
  #ended

  /**
   * @param {{ stop(): Promise<void>, kill(): void }} subject
   * @param {import('../log').Log} log
   */
  constructor(subject, log) {
    this.#log = log
    const second = (code) => {
      subject.kill()
      process.exit(code)
    }
    this.#ended = new Promise((resolve) => {
      const first = (signal) => {
        log.info(announcementOf(signal))
        resolve(subject.stop())
      }
      this.#signals = new EndSignals(SIGNALS, first, second)
    })
  }

  /** Resolves when the subject has stopped because of a signal. */
  async ended() {
    await this.#ended
    this.#log.info('Closed')
  }

  /** Stops listening for signals. */
  close() {
    this.#signals.close()
  }
}

module.exports = { OrderlyEnd }
