// Responses streamed to callbacks: handleStream of the addon without the layer in js/.
'use strict'

const { onAbort } = require('./abort-signals')
const { own } = require('./checks')
const { Exchange } = require('./exchange')
const { uncaught } = require('./reports')

/** Streams a response to callbacks. */
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

  /** Aborts with a signal: rejects before the start of the response, and calls onError after it. */
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
      /** Stops calling onData. The application's send() waits once highWaterMark bytes are buffered. */
      pause: () => {
        this.#paused = true
      },
      /** Continues, beginning with the buffered data. */
      resume: () => this.#resume(),
      /** Aborts the response: the application receives http.disconnect. */
      destroy: () => {
        this.#release?.()
        this.abort()
      },
    })
  }

  onData(chunk) {
    // Queued, because the caller's promise resolves in a microtask, and its callbacks come after that.
    this.#deliver(() => {
      this.#call('onData', chunk)
      this.credit(chunk.length)
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

  /** Runs a step in a microtask, unless an earlier step pauses the response. */
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
      // The callback failed, not the request.
      uncaught(error)
    }
  }
}

module.exports = { CallbackExchange }
