'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const { ServeFailure } = require('../failure')
const { WorkerSlot } = require('./worker-slot')
const { WorkerMetrics } = require('./worker-metrics')

/** Runs the workers of a server: starts and ends them, and replaces those that die, or all of them on request. */
class Supervisor {
  #log
  #drainDelay
  #sockets
  #slots
  #metrics = new WorkerMetrics()
  // The current collection of metrics, and the next one, which has not begun; null without one.
  #asked = Promise.resolve()
  #following = null
  #isStopping = false
  #isReplacing = false
  #isAskedAgain = false
  #isStarting = true
  #failure = null
  // The last reason why a worker did not start, to log it once.
  #reason = ''

  /**
   * @param {object} settings of `parse`.
   * @param {import('../log').Log} log
   * @param {import('./sockets').Sockets} sockets of the workers; closed by `stop` and `kill`.
   */
  constructor(settings, log, sockets) {
    this.#log = log
    this.#drainDelay = settings.drainDelay * 1000
    this.#sockets = sockets
    const host = {
      settings,
      sockets,
      warn: (message) => log.warning(message),
      failed: (failure) => this.#failed(failure),
      served: () => (this.#reason = ''),
      metrics: this.#metrics,
      gather: () => this.#gather(),
      changed: () => this.#standIn(),
    }
    this.#slots = Array.from({ length: settings.workers }, (_, at) => new WorkerSlot(at + 1, host))
  }

  /**
   * Starts the workers.
   *
   * @returns {Promise<boolean>} resolves with true when all serve, or with false after `stop`. If one does not start,
   *   rejects with a ServeFailure after all have ended.
   */
  async start() {
    let failure = null
    await Promise.all(this.#slots.map(async (slot) => {
      if (await slot.replace() || this.#isStopping) return
      failure = this.#failure
      this.kill()
    }))
    this.#isStarting = false
    if (failure !== null) throw failure
    return !this.#isStopping
  }

  /**
   * Replaces all workers, one after the other. If a new one does not start, the remaining old ones go on. A call during
   * a replacement starts another one after it; a call before all workers serve does nothing.
   *
   * @returns {Promise<void>}
   */
  async replace() {
    if (this.#isStarting || this.#isStopping) return
    if (this.#isReplacing) {
      this.#isAskedAgain = true
      return
    }
    this.#isReplacing = true
    do {
      this.#isAskedAgain = false
      await this.#replaceAll()
    } while (this.#isAskedAgain && !this.#isStopping)
    this.#isReplacing = false
  }

  /**
   * Ends the workers after their responses. With a drain delay they announce their end and go on serving before that.
   *
   * @returns {Promise<void>}
   */
  async stop() {
    this.#isStopping = true
    if (this.#drainDelay > 0) {
      for (const slot of this.#slots) slot.announceEnd()
      await delay(this.#drainDelay)
    }
    this.#sockets.close()
    await Promise.all(this.#slots.map((slot) => slot.stop()))
  }

  /** Ends the workers at once. */
  kill() {
    this.#isStopping = true
    this.#sockets.close()
    for (const slot of this.#slots) slot.kill()
  }

  async #replaceAll() {
    this.#log.info('Replacing the workers')
    for (const slot of this.#slots) {
      const isReplaced = await slot.replace('replaced')
      if (this.#isStopping) return
      if (!isReplaced) {
        this.#log.error('A new worker did not start, so the old ones go on: fix the app, then send SIGHUP again')
        return
      }
    }
    this.#log.info('All workers are replaced')
  }

  /** Lets the worker before each missing one accept its connections. */
  #standIn() {
    if (this.#sockets.areShared) return
    for (const [at, slot] of this.#slots.entries()) slot.standIn(this.#slots[(at + 1) % this.#slots.length].isEmpty)
  }

  /**
   * Collects the metrics of all workers. Only one collection runs at a time: calls during one share the next.
   */
  #gather() {
    this.#following ??= this.#asked.then(() => {
      this.#following = null
      return (this.#asked = this.#ask())
    })
    return this.#following
  }

  async #ask() {
    const processes = await Promise.all(this.#slots.map((slot) => slot.sample()))
    return this.#metrics.families(processes.filter((process) => process !== null))
  }

  /**
   * Handles a worker that did not start: at the start of the command it is the command's failure, later it is logged.
   */
  #failed(plain) {
    const failure = ServeFailure.revived(plain)
    const reason = [failure.message, ...failure.details].join('\n')
    if (this.#isStarting) this.#failure ??= failure
    else if (!this.#isStopping && reason !== this.#reason) this.#log.failure(failure, '')
    this.#reason = reason
  }
}

module.exports = { Supervisor }
