// The two ways in which the addon alone gives responses: whole, and to callbacks.
'use strict'

const { own } = require('./checks')
const { create } = require('./errors')
const { Exchange } = require('./exchange')
const { NO_HEAD } = require('./heads')

const EMPTY = Buffer.alloc(0)

/** Calls `abort` when the signal says so; returns what takes that back. */
function onAbort(exchange, signal, abort) {
  if (signal === null) return nothing
  signal.addEventListener('abort', abort, { once: true })
  return () => unfollow(exchange, signal, abort)
}

/** Listens to a signal no more. It need not be Node's own: one that throws is reported, and changes no response. */
function unfollow(exchange, signal, listener) {
  try {
    signal.removeEventListener('abort', listener)
  } catch (error) {
    exchange.handler.report(error)
  }
}

function nothing() {}

/**
 * The signal of a second argument: a signal, or `{ signal }`; null without.
 * @throws {AsgiError} ERR_ASGI_INVALID_OPTION for what is no signal
 */
function signalOf(given) {
  if (given === undefined || given === null) return null
  const signal = isSignal(given) ? given : own(given, 'signal')
  if (signal === undefined || signal === null) return null
  if (isSignal(signal)) return signal
  const shown = typeof signal === 'object' ? 'an object' : String(signal)
  const text = `Invalid option signal: expected an AbortSignal, got ${shown}`
  throw create('ERR_ASGI_INVALID_OPTION', text)
}

function isSignal(value) {
  return typeof value === 'object' && value !== null && typeof value.aborted === 'boolean' &&
    typeof value.addEventListener === 'function'
}

/** Collects the whole response. */
class BufferedExchange extends Exchange {
  /** @param {(response: object) => void} resolve @param {(error: Error) => void} reject */
  constructor(resolve, reject) {
    super()
    this.resolve = resolve
    this.reject = reject
    this.status = 0
    this.head = NO_HEAD
    this.chunks = undefined
    this.release = nothing
  }

  onComplete(status, head, body) {
    const { resolve } = this
    const response = this.handler.respond(status, head, body, NO_HEAD, this)
    this.forget()
    resolve(response)
  }

  onStart(status, head) {
    this.status = status
    this.head = head
    this.chunks = []
  }

  onData(chunk) {
    this.chunks.push(chunk)
  }

  onEnd(trailers) {
    const { chunks, resolve } = this
    const body = chunks.length === 0 ? EMPTY : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    this.chunks = undefined
    const response = this.handler.respond(this.status, this.head, body, trailers, this)
    this.forget()
    resolve(response)
  }

  onFail(error) {
    const { reject } = this
    this.forget()
    reject(error)
  }

  onBroken(error) {
    if (this.reject === undefined) super.onBroken(error)
    else this.onFail(error)
  }

  /** The application may go on for long behind its response, and this with it: it must not keep the response. */
  forget() {
    this.release()
    this.resolve = this.reject = undefined
    this.release = nothing
  }
}

/** Hands the response to callbacks as it comes. */
class CallbackExchange extends Exchange {
  #callbacks
  #resolve
  #reject
  #paused = false
  #held = []
  #release = nothing

  constructor(callbacks, resolve, reject) {
    super()
    this.#callbacks = callbacks
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Rejects, or reports, what `signal` says from now on. */
  follow(signal) {
    this.#release = onAbort(this, signal, () => {
      this.abort()
      this.#fail(signal.reason)
    })
  }

  onStart(status, head) {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve({
      status,
      headers: head.object(),
      /** No data from now on: the application's send() waits when highWaterMark bytes are held. */
      pause: () => {
        this.#paused = true
      },
      /** Data again, first what was held. */
      resume: () => this.#resume(),
      /** Gives the response up: the application gets http.disconnect. */
      destroy: () => {
        this.#release()
        this.abort()
      },
    })
  }

  onData(chunk) {
    // The caller gets the response in a microtask; its callbacks are called behind that.
    this.#deliver(() => {
      this.#call('onData', chunk)
      this.acknowledge(chunk.length)
    })
  }

  onEnd(trailers) {
    this.#release()
    this.#deliver(() => this.#call('onEnd', trailers.object()))
  }

  onFail(error) {
    this.#deliver(() => this.#fail(error))
  }

  onBroken(error) {
    this.onFail(error)
  }

  #fail(error) {
    this.#release()
    if (this.#resolve !== undefined) this.#reject(error)
    else this.#call('onError', error)
  }

  /** Asks in the microtask again: a step before this one, of the same batch, may have paused. */
  #deliver(step) {
    this.#held.push(step)
    if (this.#held.length === 1) queueMicrotask(() => this.#drain())
  }

  #resume() {
    this.#paused = false
    this.#drain()
  }

  #drain() {
    while (!this.#paused && this.#held.length > 0) this.#held.shift()()
  }

  #call(name, argument) {
    const callback = own(this.#callbacks, name)
    if (typeof callback !== 'function') return
    try {
      callback(argument)
    } catch (error) {
      // The callback's own mistake: it ends as every uncaught exception does, not as an error of this request.
      process.nextTick(() => {
        throw error
      })
    }
  }
}

module.exports = Object.freeze({ BufferedExchange, CallbackExchange, onAbort, signalOf, unfollow })
