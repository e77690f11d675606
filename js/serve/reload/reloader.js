'use strict'

const { once } = require('node:events')
const { setTimeout: delay } = require('node:timers/promises')
const { Backoff } = require('../supervisor/backoff')
const { WorkerProcess } = require('../supervisor/worker-process')
const { removeBytecode } = require('./bytecode')

/**
 * The times in ms of a replaced worker: `grace` to finish its responses, `slack` for the app's shutdown and its own
 * work after them. Idle connections are closed at once. The new worker does not wait for any of this.
 */
const DISMISSAL = { grace: 200, idle: 0, slack: 4000 }

/** ms to wait for an old worker to accept no more connections, before the restart is logged anyway. */
const CLOSING_MS = 200

/** The times in ms at the end of the command; `grace` comes from the settings. */
const END = { idle: 0, slack: 1000 }

/**
 * Keeps one worker with the newest code running: when files change, a new one replaces it. That one is fast to start,
 * because a spare process has already loaded Node, the addon and Python.
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
   * @param {object} settings of `parse`.
   * @param {import('../log').Log} log
   * @param {import('../supervisor/sockets').Sockets} sockets the worker's listening socket; closed by `stop` and
   *   `kill`.
   */
  constructor(settings, log, sockets) {
    this.#settings = settings
    this.#log = log
    this.#sockets = sockets
  }

  /**
   * Starts the first worker.
   *
   * @returns {Promise<void>} resolves when it serves or has failed to start.
   */
  start() {
    return this.#replace()
  }

  /**
   * Replaces the worker, to run the changed code.
   *
   * @param {string[]} files the changed files.
   * @param {string} names their names for the log.
   * @returns {Promise<void>} resolves when the old worker gets no more requests.
   */
  async reload(files, names) {
    removeBytecode(files)
    const old = this.#current
    this.#replace()
    // From now on all responses come from the new code.
    if (old?.mayHaveConnections) await Promise.race([once(old, 'closed'), once(old, 'exit'), delay(CLOSING_MS)])
    this.#log.info(`${names} changed, restarting`)
  }

  /** Ends the spare process, because it was started with the old environment variables. */
  environmentChanged() {
    this.#spare?.kill()
    this.#spare = null
  }

  /**
   * Ends the workers after their responses.
   *
   * @returns {Promise<void>} resolves when they have ended.
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
    // Meanwhile files have changed again, or the command stops.
    if (worker !== this.#current || this.#isStopping) return
    this.#readyAt = performance.now()
    if (isReady) this.#log.info(`Ready in ${Math.round(this.#readyAt - startedAt)} ms`)
    else if (!worker.hasFailed) this.#explain(worker)
    this.#spare = this.#boot()
    this.#spare.warm()
  }

  /** Lets another process show why the worker has ended. */
  #explain(worker) {
    const failure = { message: `The app's process ${worker.ending} while the app started`, details: [] }
    this.#log.failure(failure)
    this.#next().explain(failure)
  }

  /** Makes the spare process the current worker, or starts one. */
  #next() {
    this.#current = this.#spare ?? this.#boot()
    this.#spare = null
    return this.#current
  }

  #boot() {
    const worker = new WorkerProcess(this.#settings, this.#sockets.of(1))
    worker.on('ready', () => {
      if (worker === this.#current && !worker.isLeaving) worker.listen()
    })
    worker.on('failed', (failure) => {
      if (worker !== this.#current || worker.isLeaving) return
      worker.explain(failure)
      this.#log.failure(failure, 'Waiting for changes.')
    })
    worker.on('limit', () => {
      if (worker === this.#current) this.#replace()
    })
    worker.on('exit', () => this.#exited(worker))
    return worker
  }

  #dismiss(worker, times) {
    this.#leaving.add(worker)
    worker.dismiss(times)
  }

  #exited(worker) {
    this.#leaving.delete(worker)
    if (this.#isStopping || worker.isLeaving) return
    // The next spare process is started when it is needed.
    if (worker === this.#spare) this.#spare = null
    if (worker !== this.#current || !worker.mayHaveConnections) return
    const delay = this.#backoff.next(performance.now() - this.#readyAt)
    this.#log.warning(
      `The app's process ${worker.ending}; another one starts${delay === 0 ? '' : ` in ${delay / 1000} s`}`,
    )
    this.#current = null
    this.#timer = setTimeout(() => this.#replace(), delay)
  }
}

module.exports = { Reloader }
