'use strict'

const { setTimeout: delay } = require('node:timers/promises')
const { ServeFailure } = require('../failure')
const { Slot } = require('./slot')
const { WorkerMetrics } = require('./worker-metrics')

/** Keeps the workers of a server: starts them, replaces those that die and, when asked, all of them, and ends them. */
class Supervisor {
  #log
  #drainDelay
  #sockets
  #slots
  #metrics = new WorkerMetrics()
  // The last question to all workers, and the one that follows it, which is not asked yet; null for none.
  #asked = Promise.resolve()
  #following = null
  #isStopping = false
  #isReplacing = false
  #isAskedAgain = false
  #isStarting = true
  #failure = null
  // Why workers do not start: those that fail alike say it once.
  #reason = ''

  /**
   * @param {object} settings those of the command.
   * @param {import('../log').Log} log
   * @param {import('./sockets').Sockets} sockets those on which the workers accept; they are closed with the workers.
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
    this.#slots = Array.from({ length: settings.workers }, (_, at) => new Slot(at + 1, host))
  }

  /**
   * Starts the workers.
   *
   * @returns {Promise<boolean>} whether all of them serve; false when `stop` came first. Rejects with a ServeFailure, all
   *   workers having ended, when one does not start.
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
   * Replaces all workers, one after the other. When a new one does not start, the old ones that are left go on. Asked
   * again in the meantime, it does so once more; asked before they serve, they are new anyway.
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
   * Ends the workers, once they have answered what they were asked. With a drain delay they serve on before that, and
   * say that they are about to end.
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
        this.#log.error('The workers that serve go on: a new one did not start')
        return
      }
    }
    this.#log.info('All workers are replaced')
  }

  /** Has the worker before each one that is not there stand in for it. */
  #standIn() {
    if (this.#sockets.areShared) return
    for (const [at, slot] of this.#slots.entries()) slot.standIn(this.#slots[(at + 1) % this.#slots.length].isEmpty)
  }

  /**
   * Gives the metrics of all workers. However many ask, the workers are asked once at a time: the question that begins next
   * has what was counted until now.
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

  /** A worker did not start. The first time this ends the command, later it is said. */
  #failed(plain) {
    const failure = ServeFailure.revived(plain)
    const reason = [failure.message, ...failure.details].join('\n')
    if (this.#isStarting) this.#failure ??= failure
    else if (!this.#isStopping && reason !== this.#reason) this.#log.failure(failure, '')
    this.#reason = reason
  }
}

module.exports = { Supervisor }
