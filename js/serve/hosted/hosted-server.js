'use strict'

const { EventEmitter, once } = require('node:events')
const path = require('node:path')
const { SHARE_ENV, Worker } = require('node:worker_threads')
// Loads the addon in this thread, too, so that signals that the app handles stay the app's when this thread listens for
// them.
require('../../binding')
const { ServeFailure } = require('../failure')
const { write } = require('../output')

/**
 * The stack size in MiB, that of a process's main thread: Python's recursion needs more than a worker's default of 4.
 */
const STACK = 8

/**
 * An AppServer in a worker thread, for `thread: 'node'`: Python runs on that thread, and this one handles signals while
 * Python computes.
 *
 * It has the methods of AppServer, and emits 'limit' like it.
 */
class HostedServer extends EventEmitter {
  #settings
  #log
  #worker = null
  #ended = null
  #stopped = null
  #isStopping = false
  #urls = []
  #address = null
  #runtime = null

  /**
   * @param {object} settings of `parse`.
   * @param {import('../log').Log} log
   */
  constructor(settings, log) {
    super()
    this.#settings = settings
    this.#log = log
  }

  /** See AppServer. */
  get address() {
    return this.#address
  }

  /** See AppServer. */
  get runtime() {
    return this.#runtime
  }

  /** See AppServer. */
  get urls() {
    return this.#urls
  }

  /** See AppServer. */
  async start() {
    const worker = new Worker(path.join(__dirname, 'thread.js'), {
      workerData: this.#settings,
      env: SHARE_ENV,
      stdout: true,
      stderr: true,
      resourceLimits: { stackSizeMb: STACK },
    })
    this.#worker = worker
    // Not piped: a pipe stops at the first failed write, and the thread's further output would accumulate in memory.
    this.#log.relay(worker.stdout)
    worker.stderr.on('data', (text) => write(process.stderr, text))
    this.#ended = new Promise((resolve) => worker.once('exit', resolve))
    // Rejects with an error that the thread did not catch: a bug, shown with its stack.
    const [{ failure, urls, address, runtime }] = await once(worker, 'message')
    if (failure !== undefined) {
      await this.#ended
      throw ServeFailure.revived(failure)
    }
    this.#urls = urls
    this.#address = address
    this.#runtime = runtime
    worker.on('message', ({ type, count }) => this.emit(type, count))
    worker.on('error', (error) => {
      throw error
    })
    worker.once('exit', (code) => {
      if (!this.#isStopping) process.exit(code || 1)
    })
  }

  /** See AppServer. */
  stop({ timeout = 10_000, delay = 0 } = {}) {
    this.#stopped ??= this.#stop(timeout, delay)
    return this.#stopped
  }

  /** Ends the process at once, by a signal, because the thread may be too busy to react. */
  endNow(code) {
    const signal = code === 130 ? 'SIGINT' : 'SIGTERM'
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }

  async #stop(timeout, delay) {
    this.#isStopping = true
    let failure
    this.#worker.on('message', (message) => (failure = message.failure))
    this.#worker.postMessage({ timeout, delay })
    await this.#ended
    if (failure !== undefined) throw ServeFailure.revived(failure)
  }
}

module.exports = { HostedServer }
