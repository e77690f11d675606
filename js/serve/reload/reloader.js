'use strict'

const { once } = require('node:events')
const { setTimeout: delay } = require('node:timers/promises')
const { Backoff } = require('../supervisor/backoff')
const { WorkerProcess } = require('../supervisor/worker-process')
const { removeBytecode } = require('./bytecode')

/**
 * ms for an old worker: to answer what it was asked, and for its end, which nobody waits for: the app's shutdown, and what
 * it has started. Its idle connections are closed at once.
 */
const DISMISSAL = { grace: 200, idle: 0, slack: 4000 }

/** ms that an old worker has to say that it accepts no more, before the restart is told of anyway. */
const CLOSING_MS = 200

/** ms of the same kind at the end of everything, where the settings give the grace. */
const END = { idle: 0, slack: 1000 }

/**
 * Keeps one worker with the newest code: a new one takes the place of the old one when files change. Another process has
 * booted Node, the addon and Python by then, and waits for the app.
 */
class Reloader {
  #settings
  #log
  #sockets
  #backoff = new Backoff()
  #current = null
  #spare = null
  #leaving = new Set()
  #timer = null
  #readyAt = 0
  #isStopping = false

  /**
   * @param {object} settings those of the command.
   * @param {import('../log').Log} log
   * @param {import('../supervisor/sockets').Sockets} sockets that on which the worker accepts; closed with it.
   */
  constructor(settings, log, sockets) {
    this.#settings = settings
    this.#log = log
    this.#sockets = sockets
  }

  /**
   * Starts the first worker.
   *
   * @returns {Promise<void>} resolves when it serves, or it is known that it does not.
   */
  start() {
    return this.#replace()
  }

  /**
   * Serves the code as it is now.
   *
   * @param {string[]} files those that have changed.
   * @param {string} names what they are called, for the log.
   * @returns {Promise<void>} when the old code gets no more requests.
   */
  async reload(files, names) {
    removeBytecode(files)
    const old = this.#current
    this.#replace()
    // From now on every answer is the new code's.
    if (old?.isReady) await Promise.race([once(old, 'closed'), once(old, 'exit'), delay(CLOSING_MS)])
    this.#log.info(`${names} changed, restarting`)
  }

  /** The process that waits was started with the variables as they were before: the next worker is another one. */
  environmentChanged() {
    this.#spare?.kill()
    this.#spare = null
  }

  /**
   * Ends the workers, once what is under way is answered.
   *
   * @returns {Promise<void>}
   */
  async stop() {
    this.#isStopping = true
    clearTimeout(this.#timer)
    this.#sockets.close()
    this.#spare?.kill()
    if (this.#current !== null) {
      this.#dismiss(this.#current, { ...END, grace: this.#settings.timeoutGracefulShutdown * 1000 })
    }
    await Promise.all([this.#spare, ...this.#leaving].map((worker) => worker?.ended()))
  }

  /** Ends the workers at once. */
  kill() {
    this.#isStopping = true
    clearTimeout(this.#timer)
    this.#sockets.close()
    for (const worker of [this.#spare, this.#current, ...this.#leaving]) worker?.kill()
  }

  async #replace() {
    if (this.#isStopping) return
    const startedAt = performance.now()
    clearTimeout(this.#timer)
    if (this.#current !== null) this.#dismiss(this.#current, DISMISSAL)
    const worker = this.#next()
    worker.load()
    const isReady = await worker.outcome()
    // In the meantime files have changed again, or all of it ends.
    if (worker !== this.#current || this.#isStopping) return
    this.#readyAt = performance.now()
    if (isReady) this.#log.info(`Ready in ${Math.round(this.#readyAt - startedAt)} ms`)
    else if (!worker.hasFailed) this.#explain(worker)
    this.#spare = this.#boot()
    this.#spare.warm()
  }

  /** Has another process say why the worker that should have served has ended. */
  #explain(worker) {
    const failure = { message: `The app's process ${worker.ending} while the app started`, details: [] }
    this.#log.failure(failure)
    this.#next().explain(failure)
  }

  /** Makes the process that waits the current one. */
  #next() {
    this.#current = this.#spare ?? this.#boot()
    this.#spare = null
    return this.#current
  }

  #boot() {
    const worker = new WorkerProcess(this.#settings, this.#sockets.of(1))
    worker.on('failed', (failure) => {
      if (worker === this.#current) this.#log.failure(failure, 'Waiting for changes.')
    })
    worker.on('limit', () => {
      if (worker === this.#current) this.#replace()
    })
    worker.on('exit', () => this.#exited(worker))
    return worker
  }

  #dismiss(worker, times) {
    this.#leaving.add(worker)
    // One that has not started has nothing to finish, and may not listen while it imports.
    if (worker.isReady) worker.end(times)
    else worker.kill()
  }

  #exited(worker) {
    this.#leaving.delete(worker)
    if (this.#isStopping || worker.isLeaving) return
    // The next one is booted when it is needed.
    if (worker === this.#spare) this.#spare = null
    if (worker !== this.#current || !worker.isReady) return
    const delay = this.#backoff.next(performance.now() - this.#readyAt)
    this.#log.warning(
      `The app's process ${worker.ending}; another one starts${delay === 0 ? '' : ` in ${delay / 1000} s`}`,
    )
    this.#current = null
    this.#timer = setTimeout(() => this.#replace(), delay)
  }
}

module.exports = { Reloader }
