'use strict'

const { inspect } = require('node:util')
const { ApplicationInstance } = require('./application-instance')
const { core } = require('../binding')

const { create } = core.errors

/**
 * A server for protocols without connections, like asgiref's class of the same name. It calls the app once for each scope.
 *
 * Override `handle()`, which receives data and puts it to `getOrCreateApplicationInstance(scopeId, scope)`, and
 * `applicationSend(scope, event)`, which gets the events of the apps.
 */
class StatelessServer {
  /**
   * The ms after an app's end until it is removed and its exception reported, together with all that end meanwhile.
   *
   * The timer keeps Node alive only if there is an exception to report.
   */
  applicationCheckerInterval = 100
  /** The handler of the app. */
  handler
  /** How many apps may run at once. */
  maxApplications
  /** The instances by scope id, the least recently used first. */
  applicationInstances = new Map()

  /** All instances that were not removed yet, including those that were replaced. */
  #instances = new Set()
  #isRunning = false
  /** Whether apps can start: not while run() is ending. */
  #isAccepting = false
  // The timer of the next check, and checks in progress.
  #timer = null
  #checking = Promise.resolve()

  /**
   * @param {PythonHandler} handler
   * @param {object} [options]
   * @param {number} [options.maxApplications] default 1000; beyond it the least recently used app is cancelled.
   * @throws {AsgiError} `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`.
   */
  constructor(handler, options = {}) {
    const { maxApplications = 1000 } = core.checks.owned(options)
    if (typeof handler?.connect !== 'function') {
      throw create('ERR_ASGI_INVALID_INPUT', `Expected a PythonHandler, got ${inspect(handler, { depth: 0 })}`)
    }
    if (!Number.isSafeInteger(maxApplications) || maxApplications < 1) {
      const text = `Invalid option maxApplications: expected an integer above 0, got ${inspect(maxApplications)}`
      throw create('ERR_ASGI_INVALID_OPTION', text)
    }
    this.handler = handler
    this.maxApplications = maxApplications
  }

  /**
   * Runs `handle()`, and removes apps `applicationCheckerInterval` ms after they have ended.
   *
   * Ends when `handle()` does, or the signal aborts; then all apps are cancelled.
   *
   * @param {AbortSignal} [signal] stops the server; then `run()` resolves.
   * @returns {Promise<void>} resolves when all apps have ended and their events were passed on; rejects with the error of
   *   `handle()`.
   */
  async run(signal = new AbortController().signal) {
    if (this.#isRunning) throw new Error('The server is already running: call run() again after it has ended')
    if (signal.aborted) return
    this.#isRunning = this.#isAccepting = true
    let end
    const aborted = new Promise((resolve) => (end = resolve))
    signal.addEventListener('abort', end, { once: true })
    try {
      await Promise.race([this.#handled(signal), aborted])
    } finally {
      signal.removeEventListener('abort', end)
      this.#isAccepting = false
      await this.#clear()
      this.#isRunning = false
    }
  }

  /**
   * Receives data. Must be overridden.
   *
   * @param {AbortSignal} _signal the signal of run(). When it aborts, this method must close what it has opened; run() does
   *   not wait for it.
   * @returns {Promise<void>} the server runs until this settles.
   */
  async handle(_signal) {
    throw new Error(`${this.constructor.name} has to override handle()`)
  }

  /**
   * Handles an event that an app has sent. Must be overridden.
   *
   * The app's next event follows after the promise has resolved. If it rejects, the app is cancelled and
   * `applicationException` is called.
   *
   * @param {object} _scope of the app.
   * @param {object} _event
   * @returns {Promise<void>}
   */
  async applicationSend(_scope, _event) {
    throw new Error(`${this.constructor.name} has to override applicationSend()`)
  }

  /**
   * Returns the instance for a scope: a new one if there is none, or its app has ended.
   *
   * @param {string | number} scopeId identifies the scope; any key of a Map.
   * @param {object} scope as for `handler.connect`; used for a new instance.
   * @returns {ApplicationInstance} send events with its `put(event)`.
   * @throws {AsgiError} `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_TOO_MANY_REQUESTS`, and `ERR_ASGI_CLOSED`, also outside of
   *   `run()`.
   */
  getOrCreateApplicationInstance(scopeId, scope) {
    const existing = this.applicationInstances.get(scopeId)
    // Moves it to the end, because the first is the oldest.
    this.applicationInstances.delete(scopeId)
    if (existing?.isOpen) {
      existing.lastUsed = Date.now()
      this.applicationInstances.set(scopeId, existing)
      return existing
    }
    if (!this.#isAccepting) throw create('ERR_ASGI_CLOSED', 'The server is not running: call run() first')
    while (this.applicationInstances.size >= this.maxApplications) this.deleteOldestApplicationInstance()
    const pass = (scope, event) => this.applicationSend(scope, event)
    const instance = new ApplicationInstance(this.handler, scopeId, scope, pass)
    this.applicationInstances.set(scopeId, instance)
    this.#instances.add(instance)
    instance.ended.then(() => this.#checkSoon(instance.error !== null))
    return instance
  }

  /**
   * Cancels the least recently used app.
   *
   * @returns {Promise<void>} resolves when it has ended.
   */
  async deleteOldestApplicationInstance() {
    const [oldest] = this.applicationInstances.keys()
    await this.deleteApplicationInstance(oldest)
  }

  /**
   * Cancels the app of a scope; does nothing without one.
   *
   * @param {string | number} scopeId
   * @returns {Promise<void>} resolves when it has ended.
   */
  async deleteApplicationInstance(scopeId) {
    const instance = this.applicationInstances.get(scopeId)
    this.applicationInstances.delete(scopeId)
    await instance?.close()
  }

  /**
   * Handles an app's exception, or a failure of `applicationSend`. Can be overridden.
   *
   * By default the handler reports it, to its 'error' listeners or on stderr.
   *
   * @param {Error} error `ERR_ASGI_PYTHON`, or the error of `applicationSend`.
   * @param {ApplicationInstance} _details `scopeId`, `scope`, `lastUsed`.
   */
  async applicationException(error, _details) {
    this.handler[core.symbols.application].report(error)
  }

  /** Runs `handle()`, and reports its error if run() has already ended. */
  async #handled(signal) {
    try {
      await this.handle(signal)
    } catch (error) {
      if (!signal.aborted) throw error
      if (error !== signal.reason && error?.name !== 'AbortError') this.handler[core.symbols.application].report(error)
    }
  }

  /** @param {boolean} isAwaited whether there is an exception to report */
  #checkSoon(isAwaited) {
    this.#timer ??= setTimeout(() => this.#check(), this.applicationCheckerInterval).unref()
    if (isAwaited) this.#timer.ref()
  }

  /** Removes apps that have ended, after the checks in progress. */
  #check() {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#checking = this.#checking.then(() => this.#collect())
    return this.#checking
  }

  async #collect() {
    for (const instance of [...this.#instances].filter(({ hasEnded }) => hasEnded)) {
      this.#instances.delete(instance)
      if (this.applicationInstances.get(instance.scopeId) === instance) {
        this.applicationInstances.delete(instance.scopeId)
      }
      if (instance.error !== null) await this.#tell(instance)
    }
  }

  async #tell(instance) {
    try {
      await this.applicationException(instance.error, instance)
    } catch (error) {
      this.handler[core.symbols.application].report(error)
    }
  }

  /** Cancels all apps and waits for their end. */
  async #clear() {
    this.applicationInstances.clear()
    await Promise.all([...this.#instances].map((instance) => {
      instance.close()
      return instance.ended
    }))
    await this.#check()
  }
}

module.exports = { StatelessServer }
