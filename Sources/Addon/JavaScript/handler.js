// The handler classes: the base class, and the one that the addon exports.
'use strict'

const native = require('native')
const { FILES, abilities } = require('./abilities')
const { signalOf } = require('./abort-signals')
const { Application } = require('./application')
const { CallbackExchange } = require('./callback-response')
const { read } = require('./options')
const symbols = require('./symbols')
const { ask, askSync } = require('./whole-response')

/** A Python ASGI application inside this process. */
class Handler {
  /** `(target, options)`, `(file, function, options)` or `({ docroot, appTarget, ...options })`. */
  constructor(...args) {
    const { target, options } = read(args)
    this[symbols.application] = new Application(target, options)
  }

  /** The option `docroot`, not resolved. */
  get docroot() {
    return this[symbols.application].docroot
  }

  /**
   * The interpreter: `{ version, implementation, executable, prefix, loop }`, whether its `gil` is on, and how many `loops`
   * it has.
   */
  get runtime() {
    return { ...JSON.parse(native.runtime()), gil: native.hasGIL(), loops: native.loops() }
  }

  /** Resolves when lifespan's startup is complete; rejects with ERR_ASGI_LIFESPAN or the application's error. */
  ready() {
    return this[symbols.application].ready()
  }

  /** Counters since the handler was made, and the current `inFlight` and `loopLag` (how many ms the event loop is late). */
  stats() {
    return this[symbols.application].stats()
  }

  /**
   * Refuses new requests, waits for those in flight, disconnects the rest, and runs the lifespan shutdown.
   * @param {{ timeout?: number }} [options] ms to wait for requests in flight
   */
  close(options) {
    return this[symbols.application].close(options)
  }
}

/** The class that the addon exports. Requests and responses are plain objects. */
class PythonHandler extends Handler {
  /**
   * Sends a request and collects the response.
   * @param {object} request `{ method, url, headers, body, socket }`
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions]
   * @returns {Promise<object>} `{ status, headers, body }`
   */
  handleRequest(request, signalOrOptions) {
    return ask(this[symbols.application], request, signalOrOptions, plain)
  }

  /**
   * Sends a request and streams the response's body to callbacks.
   * @param {object} request as for handleRequest
   * @param {object} callbacks `{ onData(chunk), onEnd(trailers), onError(error), signal }`
   * @returns {Promise<object>} `{ status, headers, pause(), resume(), destroy() }`
   */
  handleStream(request, callbacks = {}) {
    return new Promise((resolve, reject) => {
      const signal = signalOf(callbacks)
      if (signal !== null && signal.aborted) throw signal.reason
      const application = this[symbols.application]
      const head = application.prepare(request)
      head.abilities = abilities.TRAILERS | FILES
      const exchange = new CallbackExchange(callbacks, resolve, reject)
      application.open(exchange, head, request)
      exchange.follow(signal)
    })
  }

  /**
   * Sends a request and blocks this thread until the response is complete.
   * @param {object} request as for handleRequest, with a complete body
   */
  handleRequestSync(request) {
    return askSync(this[symbols.application], request, plain)
  }
}

function plain(status, head, body) {
  return { status, headers: head.object(), body }
}

module.exports = { Handler, PythonHandler }
