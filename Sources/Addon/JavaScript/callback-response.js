// Responses that go to callbacks as they come: handleStream of the addon alone.
'use strict'

const { onAbort } = require('./abort-signals')
const { own } = require('./checks')
const { Exchange } = require('./exchange')
const { uncaught } = require('./reports')

/** Hands the response to callbacks as it comes. */
class CallbackExchange extends Exchange {
  #callbacks
  #resolve
  #reject
  #paused = false
  #held = []
  #release = null

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
        this.#release?.()
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
    this.#release?.()
    this.#deliver(() => this.#call('onEnd', trailers.object()))
  }

  onFail(error) {
    this.#deliver(() => this.#fail(error))
  }

  onBroken(error) {
    this.onFail(error)
  }

  #fail(error) {
    this.#release?.()
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
      // The callback's own mistake, and not an error of this request.
      uncaught(error)
    }
  }
}

module.exports = { CallbackExchange }
