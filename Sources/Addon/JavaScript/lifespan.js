// The lifespan of an application: its startup and its shutdown on each of Python's event loops.
'use strict'

const { performance } = require('./clock')
const controls = require('./controls')
const queues = require('./submission-queues')

/** The least ms that tasks for disconnected clients have to finish before they are cancelled. */
const GRACE = 1000

class Lifespan {
  #application
  #timeout
  #ready

  /**
   * @param {number} application its number in the addon
   * @param {number} timeout the option `lifespanTimeout`
   */
  constructor(application, timeout) {
    this.#application = application
    this.#timeout = timeout
  }

  /** Resolves when the startup is complete; rejects with ERR_ASGI_LIFESPAN or the application's error. */
  ready() {
    // The loops' lifespans start one after the other, so the last loop knows the outcome of all.
    const { channel } = queues.all[queues.all.length - 1]
    this.#ready ??= controls.call(
      (token) => channel.ready(this.#application, token),
      this.#timeout,
      'Application startup',
    )
    return this.#ready
  }

  /**
   * Runs the shutdown.
   * @param {number} end when tasks for disconnected clients are cancelled, if they have had some time: of performance.now()
   * @returns {Promise<Error[]>} the errors of the loops
   */
  async shutDown(end) {
    const failures = []
    // In reverse order: the first loop's lifespan started first.
    for (let i = queues.all.length - 1; i >= 0; i--) {
      const { channel } = queues.all[i]
      const grace = Math.max(GRACE, end - performance.now())
      try {
        await controls.call(
          (token) => channel.shutDown(this.#application, token, grace),
          this.#timeout,
          'Application shutdown',
        )
      } catch (error) {
        failures.push(error)
      }
    }
    return failures
  }
}

module.exports = { Lifespan }
