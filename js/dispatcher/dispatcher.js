'use strict'

const { EventEmitter } = require('node:events')
const { inspect } = require('node:util')
const { core } = require('../binding')
const { eventsOf } = require('./handlers')
const { describe, originOf } = require('./options')
const { Transfer } = require('./transfer')

const { create } = core.errors

/**
 * A Dispatcher of undici for a Python app. Node's `fetch` and undici's functions use it instead of the network.
 *
 * Emits 'drain' with the origin when requests can be dispatched again after `dispatch` returned false.
 */
class PythonDispatcher extends EventEmitter {
  #application
  #rewriter
  // The origins that the app serves; null for all.
  #origins = null
  #fallback
  #transfers = new Set()
  #isDrainAwaited = false
  #isClosed = false
  #isDestroyed = false
  // Called after close() or destroy() when the last request has ended.
  #waiting = []

  /**
   * @param {object} application its `open` is called for each request.
   * @param {object | null} rewriter changes each request before Python sees it.
   * @param {{ origin?: string | string[], fallback?: object }} [options] see PythonHandler.dispatcher.
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
   */
  constructor(application, rewriter, options = {}) {
    super()
    const { origin, fallback = null } = core.checks.owned(options)
    if (fallback !== null && typeof fallback.dispatch !== 'function') {
      throw invalid('fallback', 'a dispatcher', fallback)
    }
    if (fallback !== null && origin === undefined) {
      throw create('ERR_ASGI_INVALID_OPTION', 'Invalid option fallback: it also needs the option origin')
    }
    this.#application = application
    this.#rewriter = rewriter
    this.#fallback = fallback
    if (origin !== undefined) this.#origins = originsOf(origin)
  }

  /** Whether `close` or `destroy` was called. */
  get closed() {
    return this.#isClosed
  }

  /** Whether `destroy` was called, or `close` has ended. */
  get destroyed() {
    return this.#isDestroyed
  }

  /**
   * Sends a request to the app, or to the fallback.
   *
   * `headersTimeout` and `bodyTimeout` are ignored in favour of the handler's `responseTimeout`.
   *
   * @param {object} options undici's: `origin`, `path`, `method`, `headers`, `body`, `query`.
   * @param {object} handler undici's, in its newer form (`onRequestStart` …) or its older form (`onConnect` …). Its error
   *   callback gets all errors.
   * @returns {boolean} false if `maxConcurrency` is reached or the request was refused: wait for 'drain'.
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION` if `handler` has neither form.
   */
  dispatch(options, handler) {
    const events = eventsOf(handler)
    const transfer = new Transfer(events)
    try {
      const origin = originOf(options)
      if (this.#isClosed) throw create('ERR_ASGI_CLOSED', 'Dispatcher closed: make another one to go on')
      if (this.#origins !== null && !this.#origins.has(origin.origin)) return this.#pass(options, handler, origin)
      const { head, body } = describe(options, origin, this.#application, this.#rewriter)
      this.#run(transfer, head, body, origin)
    } catch (error) {
      events.error(transfer, error)
      return false
    }
    const { maxConcurrency } = this.#application.options
    const hasRoom = maxConcurrency === 0 || this.#transfers.size < maxConcurrency
    if (!hasRoom) this.#isDrainAwaited = true
    return hasRoom
  }

  /**
   * Accepts no more requests and waits for those in flight. The Python handler stays open.
   *
   * @param {(error: any) => void} [callback] called at the end, instead of the promise.
   * @returns {Promise<void> | undefined}
   */
  close(callback) {
    this.#isClosed = true
    const idle = this.#idle().then(() => void (this.#isDestroyed = true))
    return answer(idle, callback)
  }

  /**
   * Accepts no more requests and aborts those in flight. The Python handler stays open.
   *
   * @param {Error | null} [error] their error, default `ERR_ASGI_CLOSED`.
   * @param {(error: any) => void} [callback] called at the end, instead of the promise.
   * @returns {Promise<void> | undefined}
   */
  destroy(error, callback) {
    if (typeof error === 'function') return this.destroy(null, error)
    this.#isClosed = this.#isDestroyed = true
    for (const transfer of this.#transfers) {
      transfer.abort(error ?? create('ERR_ASGI_CLOSED', 'Dispatcher destroyed: make another one to go on'))
    }
    return answer(this.#idle(), callback)
  }

  async #run(transfer, head, body, origin) {
    this.#transfers.add(transfer)
    try {
      await transfer.run(this.#application, head, body)
    } finally {
      this.#transfers.delete(transfer)
      this.#ended(origin)
    }
  }

  #ended(origin) {
    if (this.#isDrainAwaited && this.#transfers.size < this.#application.options.maxConcurrency) {
      this.#isDrainAwaited = false
      this.emit('drain', origin, [this])
    }
    if (this.#transfers.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #idle() {
    return this.#transfers.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  #pass(options, handler, origin) {
    if (this.#fallback === null) {
      const text =
        `Invalid URL: ${origin.origin} is not an origin of this dispatcher (${[...this.#origins].join(', ')}): ` +
        'add it to the option origin, or set the option fallback'
      throw create('ERR_ASGI_INVALID_URL', text)
    }
    const hasRoom = this.#fallback.dispatch(options, handler)
    if (hasRoom === false) this.#fallback.once?.('drain', (...args) => this.emit('drain', ...args))
    return hasRoom
  }
}

/** Calls the callback, if there is one, when a promise is settled. */
function answer(promise, callback) {
  if (callback === undefined) return promise
  // In a tick, so that an error in the callback is an uncaught exception.
  promise.then(() => process.nextTick(callback, null))
}

function originsOf(option) {
  const list = Array.isArray(option) ? option : [option]
  if (list.length === 0) throw invalid('origin', 'at least one origin', option)
  return new Set(list.map((each) => {
    try {
      const { origin } = new URL(each)
      if (origin !== 'null') return origin
    } catch {
      // Reported below.
    }
    throw invalid('origin', "URLs like 'http://python.internal'", option)
  }))
}

function invalid(name, expected, value) {
  return create('ERR_ASGI_INVALID_OPTION', `Invalid option ${name}: expected ${expected}, got ${inspect(value)}`)
}

module.exports = { PythonDispatcher }
