'use strict'

const { EndSignals, announcementOf } = require('../end-signals')

const SIGNALS = ['SIGINT', 'SIGTERM']

/** Ends what runs workers when a signal asks for it: in good order the first time, at once the second. */
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

  /** Listens no more. */
  close() {
    this.#signals.close()
  }
}

module.exports = { OrderlyEnd }
