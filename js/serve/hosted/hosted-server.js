'use strict'

const { EventEmitter, once } = require('node:events')
const path = require('node:path')
const { SHARE_ENV, Worker } = require('node:worker_threads')
// The addon in this thread too: signals that the app takes stay its own when this one begins to listen.
require('../../binding')
const { ServeFailure } = require('../failure')
const { write } = require('../output')

/** MiB of stack, as a process' first thread has: Python's recursion needs more than the 4 of a worker. */
const STACK = 8

/**
 * An AppServer in a thread of its own. With `thread: 'node'` Python runs on the thread of the server, and while it
 * computes, this one still hears signals.
 *
 * Emits 'limit' as AppServer does.
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

  /** As that of AppServer. */
  get address() {
    return this.#address
  }

  /** As that of AppServer. */
  get runtime() {
    return this.#runtime
  }

  /** As those of AppServer. */
  get urls() {
    return this.#urls
  }

  /** As that of AppServer. */
  async start() {
    const worker = new Worker(path.join(__dirname, 'thread.js'), {
      workerData: this.#settings,
      env: SHARE_ENV,
      stdout: true,
      stderr: true,
      resourceLimits: { stackSizeMb: STACK },
    })
    this.#worker = worker
    // Not piped: a pipe ends at the first failure, and what the thread says from then on would gather in its memory.
    this.#log.relay(worker.stdout)
    worker.stderr.on('data', (text) => write(process.stderr, text))
    this.#ended = new Promise((resolve) => worker.once('exit', resolve))
    // Rejects with what the thread did not catch: a defect, whose stack is to be seen.
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

  /** As that of AppServer. */
  stop({ timeout = 10_000, delay = 0 } = {}) {
    this.#stopped ??= this.#stop(timeout, delay)
    return this.#stopped
  }

  /** Ends the process at once: its thread may not hear of anything. */
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
