'use strict'

const { Backoff } = require('./backoff')
const { WorkerProcess } = require('./worker-process')

/** ms without a request after which an idle connection is closed at the end of the command. */
const LAST_IDLE_MS = 200

/** ms reserved for the app's shutdown at the end of a worker's time, before the process is killed. */
const SHUTDOWN_MS = 1000

/**
 * Keeps one worker running: a worker that dies is replaced, and one that has to be replaced goes on until its successor
 * serves.
 */
class WorkerSlot {
  #number
  #host
  #backoff = new Backoff()
  // The workers: the one that serves, the one that starts, and those that were told to end.
  #current = null
  #next = null
  #leaving = new Set()
  #readyAt = 0
  #hasServed = false
  #timer = null
  #isStopping = false
  #isEndAnnounced = false

  /**
   * @param {number} number from 1, for messages.
   * @param {object} host
   * @param {object} host.settings of `parse`.
   * @param {import('./sockets').Sockets} host.sockets the listening sockets.
   * @param {(message: string) => void} host.warn logs a warning.
   * @param {(failure: object) => void} host.failed called if the app of a worker did not start.
   * @param {() => void} host.served called when a worker serves.
   * @param {import('./worker-metrics').WorkerMetrics} host.metrics gets the metrics of the workers.
   * @param {() => void} host.changed called when another worker serves here, or none.
   * @param {() => Promise<object[]>} host.gather collects the metrics of all workers.
   */
  constructor(number, host) {
    this.#number = number
    this.#host = host
  }

  /** Whether no worker accepts the connections of its socket; false before the first worker serves. */
  get isEmpty() {
    return this.#current === null && this.#hasServed
  }

  /**
   * Lets its worker accept connections from the next worker's socket, or stops that.
   *
   * @param {boolean} isNeeded
   */
  standIn(isNeeded) {
    this.#current?.standIn(isNeeded)
  }

  /**
   * Starts a worker, and ends the old one when the new one serves.
   *
   * @param {'died' | 'replaced' | null} [reason] the reason in the metrics; `null` at the first start.
   * @returns {Promise<boolean>} resolves with whether a new one serves, after the old one has ended.
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
    if (this.#isEndAnnounced) worker.announceEnd()
    // It may have asked to be replaced before it was the current one.
    if (worker.hasReachedLimit) this.#renew(worker)
    // Idle connections are kept as long as usual, so that clients can rely on that time.
    if (old !== null) await this.#end(old, this.#host.settings.timeoutKeepAlive * 1000)
    return true
  }

  /**
   * Updates the metrics of its workers.
   *
   * @returns {Promise<[number, object[]] | null>} its number and the process metrics of the worker that serves; `null`
   *   if there is none, or it does not answer.
   */
  async sample() {
    const current = this.#current
    if (current === null) return null
    const [sample] = await Promise.all([current, ...this.#leaving].map((worker) => worker.sample()))
    return sample === null || current !== this.#current ? null : [this.#number, sample.process]
  }

  /** Lets its worker, and the ones after it, announce their end: see AppServer. */
  announceEnd() {
    this.#isEndAnnounced = true
    this.#current?.announceEnd()
  }

  /**
   * Ends its workers. A worker that does not accept connections is killed, because it has nothing to finish.
   *
   * @returns {Promise<void>} resolves when they have ended.
   */
  async stop() {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const leaving = [...this.#leaving].map((worker) => worker.ended())
    const others = [this.#current, this.#next].filter((worker) => worker !== null)
    await Promise.all([...leaving, ...others.map((worker) => this.#end(worker, LAST_IDLE_MS))])
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
    worker.on('ready', () => this.#isStopping || worker.listen())
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

  /** Replaces a worker that has reached `--limit-max-requests`, and tries again if that fails. */
  async #renew(worker) {
    if (worker !== this.#current || await this.replace('replaced')) return
    if (worker !== this.#current || this.#isStopping) return
    this.#timer = setTimeout(() => this.#renew(worker), this.#backoff.next(0))
  }

  /** Starts a worker after a delay, and returns the delay in ms. `life`: see Backoff. */
  #fill(life) {
    const delay = this.#backoff.next(life)
    this.#timer = setTimeout(() => this.replace('died'), delay)
    return delay
  }

  async #end(worker, idle) {
    const { settings } = this.#host
    this.#leaving.add(worker)
    const limit = settings.timeoutGracefulShutdown * 1000
    const grace = limit - Math.min(SHUTDOWN_MS, limit / 2)
    worker.dismiss({ grace, idle, slack: SHUTDOWN_MS })
    await worker.ended()
    this.#leaving.delete(worker)
  }

  #exited(worker) {
    const { failed, metrics, warn } = this.#host
    metrics.ended(worker)
    const name = `Worker ${this.#number} (pid ${worker.pid})`
    if (worker.isOverdue) warn(`${name} did not end in time and was killed`)
    if (this.#isStopping || worker.isLeaving || worker.hasFailed) return
    if (worker === this.#next) {
      failed({ message: `${name} ${worker.ending} before it was ready`, details: [] })
    } else if (worker === this.#current) {
      this.#current = null
      this.#host.changed()
      const delay = this.#next === null ? this.#fill(performance.now() - this.#readyAt) : 0
      warn(`${name} ${worker.ending}; another one starts${delay === 0 ? '' : ` in ${delay / 1000} s`}`)
    }
  }
}

module.exports = { WorkerSlot }
