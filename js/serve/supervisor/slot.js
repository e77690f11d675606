'use strict'

const { Backoff } = require('./backoff')
const { WorkerProcess } = require('./worker-process')

/** Milliseconds that an idle connection is waited for at the end of everything: who is about to ask does so by then. */
const LAST_IDLE_MS = 200

/** Milliseconds at the end of a worker's time that the app has for its shutdown, before the process is killed. */
const SHUTDOWN_MS = 1000

/**
 * The place of one worker, which is kept filled: what dies is replaced, and what is to be replaced goes on until its
 * successor serves.
 */
class Slot {
  #number
  #host
  #backoff = new Backoff()
  // Who serves, who is about to, and who has been told to end.
  #current = null
  #next = null
  #leaving = new Set()
  #readyAt = 0
  #hasServed = false
  #timer = null
  #isStopping = false

  /**
   * @param {number} number from 1, for messages.
   * @param {object} host
   * @param {object} host.settings those of the command.
   * @param {import('./sockets').Sockets} host.sockets gives each worker its own.
   * @param {(message: string) => void} host.warn says what happened to a worker.
   * @param {(failure: object) => void} host.failed is told why an app did not start.
   * @param {() => void} host.served is told that one did.
   * @param {import('./worker-metrics').WorkerMetrics} host.metrics is told what each of them has served.
   * @param {() => void} host.changed is told that another worker serves here, or none.
   * @param {() => Promise<object[]>} host.gather gives the metrics of all workers.
   */
  constructor(number, host) {
    this.#number = number
    this.#host = host
  }

  /** Whether nobody accepts the connections of its socket; false before the first worker did. */
  get isEmpty() {
    return this.#current === null && this.#hasServed
  }

  /**
   * Has its worker accept the connections of the next one, or no longer.
   *
   * @param {boolean} isNeeded
   */
  standIn(isNeeded) {
    this.#current?.standIn(isNeeded)
  }

  /**
   * Starts a worker, and ends the one whose place it takes.
   *
   * @param {'died' | 'replaced' | null} [reason] what is counted as the reason of a restart; `null` at the first start.
   * @returns {Promise<boolean>} whether a new one serves; the old one has ended then.
   */
  async replace(reason = null) {
    while (this.#next !== null) await this.#next.outcome()
    if (this.#isStopping) return false
    clearTimeout(this.#timer)
    if (reason !== null) this.#host.metrics.restarted(reason)
    const worker = this.#launch()
    this.#next = worker
    const isReady = await worker.outcome()
    this.#next = null
    if (this.#isStopping) return false
    if (!isReady) {
      if (this.#current === null && this.#hasServed) this.#fill(0)
      return false
    }
    const old = this.#current
    this.#current = worker
    this.#hasServed = true
    this.#readyAt = performance.now()
    this.#host.served()
    this.#host.changed()
    // An idle connection is closed no sooner than at any other time: its client expects nothing else.
    if (old !== null) await this.#end(old, this.#host.settings.timeoutKeepAlive * 1000)
    return true
  }

  /**
   * Asks its workers what they have served, which the metrics are told.
   *
   * @returns {Promise<[number, object[]] | null>} its number, and the state of the process that serves; `null` without one
   *   that answers.
   */
  async sample() {
    const current = this.#current
    if (current === null) return null
    const [sample] = await Promise.all([current, ...this.#leaving].map((worker) => worker.sample()))
    return sample === null || current !== this.#current ? null : [this.#number, sample.process]
  }

  /** Has its worker say that it is about to end. */
  announceEnd() {
    this.#current?.announceEnd()
  }

  /**
   * Ends its workers. One that has not started has nothing to finish, and is killed.
   *
   * @returns {Promise<void>} when they have ended.
   */
  async stop() {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const [current, next] = [this.#current, this.#next]
    next?.kill()
    await Promise.all([
      ...[...this.#leaving].map((worker) => worker.ended()),
      next?.ended(),
      current === null ? undefined : this.#end(current, LAST_IDLE_MS),
    ])
  }

  /** Ends its workers at once. */
  kill() {
    this.#isStopping = true
    clearTimeout(this.#timer)
    for (const worker of [this.#next, this.#current, ...this.#leaving]) worker?.kill()
  }

  #launch() {
    const { failed, settings, sockets } = this.#host
    const worker = new WorkerProcess(settings, sockets.of(this.#number))
    worker.on('failed', failed)
    worker.on('sampled', ({ sample }) => {
      if (sample !== null && worker.ending === '') this.#host.metrics.heard(worker, sample.served)
    })
    worker.on('gather', async (number) => worker.gathered(number, await this.#host.gather()))
    worker.on('limit', () => this.#renew(worker))
    worker.on('exit', () => this.#exited(worker))
    worker.load()
    return worker
  }

  /** Replaces a worker that has done its share, sooner or later. */
  async #renew(worker) {
    if (worker !== this.#current || await this.replace('replaced')) return
    if (worker !== this.#current || this.#isStopping) return
    this.#timer = setTimeout(() => this.#renew(worker), this.#backoff.next(0))
  }

  /** Fills the place, now or later; gives the milliseconds until then. `life`: as Backoff counts it. */
  #fill(life) {
    const delay = this.#backoff.next(life)
    this.#timer = setTimeout(() => this.replace('died'), delay)
    return delay
  }

  async #end(worker, idle) {
    const { settings } = this.#host
    this.#leaving.add(worker)
    const limit = settings.timeoutGracefulShutdown * 1000
    worker.end({ grace: limit - Math.min(SHUTDOWN_MS, limit / 2), idle, slack: SHUTDOWN_MS })
    await worker.ended()
    this.#leaving.delete(worker)
  }

  #exited(worker) {
    const { failed, metrics, warn } = this.#host
    metrics.ended(worker)
    const who = `Worker ${this.#number} (pid ${worker.pid})`
    if (worker.isOverdue) warn(`${who} did not end in time and was killed`)
    if (this.#isStopping || worker.isLeaving || worker.hasFailed) return
    if (worker === this.#next) {
      failed({ message: `${who} ${worker.ending} before it was ready`, details: [] })
    } else if (worker === this.#current) {
      this.#current = null
      this.#host.changed()
      const delay = this.#next === null ? this.#fill(performance.now() - this.#readyAt) : 0
      warn(`${who} ${worker.ending}; another one starts${delay === 0 ? '' : ` in ${delay / 1000} s`}`)
    }
  }
}

module.exports = { Slot }
