'use strict'

const { inspect } = require('node:util')
const { ApplicationInstance } = require('./application-instance')
const { core } = require('../binding')

const { create } = core.errors

/**
 * A server for protocols without connections: keeps one run of the app for each scope, as asgiref's class of this name.
 *
 * Override `handle()`, which takes what comes in and puts it to `getOrCreateApplicationInstance(scopeId, scope)`, and
 * `applicationSend(scope, event)`, which takes what the apps send.
 */
class StatelessServer {
  /**
   * ms after which apps that have ended are removed and their exceptions told, together with all that end meanwhile.
   *
   * Node stays for an exception that is to be told, and for nothing else here.
   */
  applicationCheckerInterval = 100
  /** The handler whose app is run. */
  handler
  /** How many apps may run at once. */
  maxApplications
  /** The runs by their scope's id, the one that was not asked for the longest time first. */
  applicationInstances = new Map()

  /** All that have not ended or whose end was not looked at, also those that another one has replaced. */
  #instances = new Set()
  #isRunning = false
  /** Whether apps may begin: no longer when the run is about to end. */
  #isAccepting = false
  // The look for apps that have ended, when it is due, and those that have begun.
  #timer = null
  #checking = Promise.resolve()

  /**
   * @param {PythonHandler} handler
   * @param {object} [options]
   * @param {number} [options.maxApplications] default 1000; one more, and the one used least recently is cancelled.
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
   * Runs `handle()`, and removes apps that have ended, `applicationCheckerInterval` ms later.
   *
   * Ends when `handle()` does, or the signal aborts; then all apps are cancelled.
   *
   * @param {AbortSignal} [signal] ends the run in good order: `run()` resolves.
   * @returns {Promise<void>} resolves when all apps have ended and what they have sent is passed on; rejects with what
   *   `handle()` rejects with.
   */
  async run(signal = new AbortController().signal) {
    if (this.#isRunning) throw new Error('run() was called before and has not ended')
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
   * Takes what comes in: to be overridden.
   *
   * @param {AbortSignal} _signal run()'s, which does not wait for this when it aborts: what this has opened, it closes
   *   then.
   * @returns {Promise<void>} the server runs until it settles.
   */
  async handle(_signal) {
    throw new Error(`${this.constructor.name} has to override handle()`)
  }

  /**
   * Takes an event that an app has sent: to be overridden.
   *
   * The app's next event comes when the promise has resolved. When it rejects, the app is cancelled and
   * `applicationException` is called.
   *
   * @param {object} _scope the app's.
   * @param {object} _event
   * @returns {Promise<void>}
   */
  async applicationSend(_scope, _event) {
    throw new Error(`${this.constructor.name} has to override applicationSend()`)
  }

  /**
   * Gives the run of the app for a scope, a new one when there is none or its app has ended.
   *
   * @param {string | number} scopeId what the scope is known by: any value that a Map finds again.
   * @param {object} scope as for `handler.connect`; used for a new one.
   * @returns {ApplicationInstance} its `put(event)` delivers.
   * @throws {AsgiError} `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_CLOSED`, also outside of `run()`, and
   *   `ERR_ASGI_TOO_MANY_REQUESTS`.
   */
  getOrCreateApplicationInstance(scopeId, scope) {
    const existing = this.applicationInstances.get(scopeId)
    // Behind all others: the first is the oldest.
    this.applicationInstances.delete(scopeId)
    if (existing?.isOpen) {
      existing.lastUsed = Date.now()
      this.applicationInstances.set(scopeId, existing)
      return existing
    }
    if (!this.#isAccepting) throw create('ERR_ASGI_CLOSED', 'The server does not run: apps live as long as run() does')
    while (this.applicationInstances.size >= this.maxApplications) this.deleteOldestApplicationInstance()
    const pass = (scope, event) => this.applicationSend(scope, event)
    const instance = new ApplicationInstance(this.handler, scopeId, scope, pass)
    this.applicationInstances.set(scopeId, instance)
    this.#instances.add(instance)
    instance.ended.then(() => this.#checkSoon(instance.error !== null))
    return instance
  }

  /**
   * Cancels the app that was not used for the longest time.
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
   * Hears of what an app has raised, and of an `applicationSend` that has failed; override it to do more.
   *
   * By default the handler reports it: to its listeners of 'error', else on stderr.
   *
   * @param {Error} error `ERR_ASGI_PYTHON`, or what `applicationSend` has rejected with.
   * @param {ApplicationInstance} _details `scopeId`, `scope`, `lastUsed`.
   */
  async applicationException(error, _details) {
    this.handler[core.symbols.application].report(error)
  }

  /** Runs `handle()`; what it rejects with when the run is over already has nobody else who hears of it. */
  async #handled(signal) {
    try {
      await this.handle(signal)
    } catch (error) {
      if (!signal.aborted) throw error
      if (error !== signal.reason && error?.name !== 'AbortError') this.handler[core.symbols.application].report(error)
    }
  }

  /** @param {boolean} isAwaited there is an exception to be told */
  #checkSoon(isAwaited) {
    this.#timer ??= setTimeout(() => this.#check(), this.applicationCheckerInterval).unref()
    if (isAwaited) this.#timer.ref()
  }

  /** Removes those that have ended, behind those whose exceptions are being told. */
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

  /** Cancels all, and waits for their ends. */
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
