'use strict'

const { EventEmitter } = require('node:events')
const { core } = require('./binding')
const { isObserved, observe } = require('./diagnostics')
const { forwardedOf, rewriterOf } = require('./handler-options')
const { createFetch } = require('./http/fetch')
const { stream } = require('./in-process')
const { Request, kBody, toRequest } = require('./messages/request')
const { Response, kCollect, kReceived } = require('./messages/response')
const { Connection, headOf } = require('./raw/connection')

const { create } = core.errors
const { signalOf } = core.signals
const kApplication = core.symbols.application

/**
 * Runs an ASGI app in this process.
 *
 * Extends the core's handler, which imports the app and sends requests to it, with Request and Response, streams, and
 * functions for servers.
 */
class PythonHandler extends core.Handler {
  /**
   * Like the global `fetch`, but the app answers. Redirects are not followed. Can be passed on without the handler.
   *
   * @type {(input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>}
   */
  fetch

  #rewriter
  // How `listener` and `upgrade` read requests: see describe in http/listener.js.
  #view
  // Made on first use, to load their modules only then.
  #listener
  #upgrade
  #events = new EventEmitter()

  /**
   * @param {string | object} [target] `'main:app'`, a file name, `{ file, function }`, or all options in one object.
   * @param {string | object} [functionOrOptions]
   * @param {object} [options]
   * @throws {AsgiError} `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`,
   *   `ERR_ASGI_ENTRY_NOT_FOUND`, `ERR_ASGI_PYTHON`, `ERR_ASGI_NOT_CALLABLE`, `ERR_ASGI_INTERPRETER`,
   *   `ERR_ASGI_GIL`.
   */
  constructor(...args) {
    // Checked first, because the core's constructor imports the app.
    const rewriter = rewriterOf(args)
    const forwarded = forwardedOf(args)
    super(...args)
    this.#rewriter = rewriter
    this.#view = { rewriter, forwarded }
    const application = this[kApplication]
    application.events = this.#events
    application.closesAtEnd = true
    application.observe = (exchange, head) => {
      if (isObserved()) exchange.observer = observe(this, head)
    }
    this.fetch = createFetch(application, rewriter)
  }

  /**
   * A request listener for node:http, node:https, node:http2, Express and Connect. Can be passed on without the handler.
   *
   * @type {(req: object, res: object, next?: (error?: any) => void) => void}
   */
  get listener() {
    this.#listener ??= require('./http/listener').createListener(this[kApplication], this.#view)
    return this.#listener
  }

  /**
   * Handles WebSockets of node:http and node:https, for `server.on('upgrade', …)`. Can be passed on without the handler.
   *
   * @type {(req: object, socket: import('node:net').Socket, head: Buffer) => void}
   * @throws {Error} `ERR_ASGI_WEBSOCKET_LIBRARY` when the package `ws` is not installed.
   */
  get upgrade() {
    this.#upgrade ??= require('./websocket/upgrade').createUpgrade(this[kApplication], this.#view)
    return this.#upgrade
  }

  /**
   * Responds to requests that Node cannot parse, for `server.on('clientError', …)`. Node's default response would corrupt
   * responses that are in progress on the connection; this one waits for them. Can be passed on without the handler.
   *
   * @type {(error: Error, socket: import('node:net').Socket) => void}
   */
  get clientError() {
    return require('./http/client-errors').onClientError
  }

  /**
   * Makes a Dispatcher of undici, so that `fetch(url, { dispatcher })` and undici's functions call the app without a network.
   *
   * @param {object} [options]
   * @param {string | string[]} [options.origin] the origins that the app serves, default: all.
   * @param {object} [options.fallback] the dispatcher for other origins; without it their requests fail.
   * @returns {import('./dispatcher/dispatcher').PythonDispatcher}
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
   */
  dispatcher(options) {
    const { PythonDispatcher } = require('./dispatcher/dispatcher')
    return new PythonDispatcher(this[kApplication], this.#rewriter, options)
  }

  /**
   * Makes an HTTP server with threads of its own: requests for the app do not involve JavaScript.
   *
   * @param {object} [options] see PythonServerOptions in index.d.ts.
   * @param {Function | import('node:http').Server} [requestListener] handles requests that are not for the app.
   * @returns {import('./native-server/server').PythonServer}
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
   */
  createServer(...args) {
    return require('./native-server').createServer(this, this.#view, args)
  }

  /**
   * Adds a listener for events that belong to no response.
   *
   * @param {'log' | 'error'} event `'log'`: a record of Python's `logging`, as `{ level, logger, message, time }` (time in
   *   seconds since 1970); `'error'`: an error that no call rejects with, an AsgiError or an exception of the program's code.
   * @param {(value: any) => void} listener
   * @returns {this}
   */
  on(event, listener) {
    this.#events.on(event, listener)
    return this
  }

  /** Like `on`, for one event. */
  once(event, listener) {
    this.#events.once(event, listener)
    return this
  }

  /** Removes a listener. */
  off(event, listener) {
    this.#events.off(event, listener)
    return this
  }

  /**
   * Sends a request and waits for the whole response.
   *
   * @param {Request | object} request
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions]
   * @returns {Promise<Response>} `body` is a Buffer. Rejects with the signal's reason, with `ERR_ASGI_PYTHON`,
   *   `ERR_ASGI_NO_RESPONSE`, `ERR_ASGI_INCOMPLETE_RESPONSE`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`,
   *   `ERR_ASGI_EXPECTED_REQUEST`, `ERR_ASGI_REQUEST_USED`, `ERR_ASGI_LIFESPAN`.
   */
  handleRequest(request, signalOrOptions) {
    // The fast path, without another promise: the body of a plain object is complete.
    if (this.#rewriter === null && !(request instanceof Request)) {
      return core.ask(this[kApplication], request, signalOrOptions, received)
    }
    return this.#request(request, signalOrOptions)
  }

  async #request(request, signalOrOptions) {
    const subject = toRequest(this.#rewritten(request))
    assertHTTP(subject)
    const body = subject[kBody]
    body.assertUnused()
    const isOpen = body.isOpen(subject.method)
    if (isOpen === false) {
      body.seal()
      return core.ask(this[kApplication], subject, signalOrOptions, received)
    }
    // Nothing was written yet. A body that is still empty at the end of this turn is complete.
    if (isOpen === undefined) setImmediate(seal, body)
    const response = await stream(this[kApplication], subject, signalOf(signalOrOptions))
    return response[kCollect]()
  }

  /**
   * Sends a request and returns the response as soon as it starts.
   *
   * The request's body can be written while the response is read. Without a given body it stays open until `request.end()`,
   * except for GET, HEAD, OPTIONS, DELETE and TRACE. With `websocket: true` the response starts when the app accepts.
   *
   * @param {Request | object} request
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions] also aborts the response's body.
   * @returns {Promise<Response>} `body` is `null`; read it with `next()` or `for await`. Rejects like handleRequest.
   */
  async handleStream(request, signalOrOptions) {
    return stream(this[kApplication], this.#rewritten(request), signalOf(signalOrOptions))
  }

  /**
   * Sends a request and blocks this thread until the response is complete.
   *
   * @param {Request | object} request
   * @returns {Response}
   * @throws {AsgiError} `ERR_ASGI_BODY_INCOMPLETE` when the body is a stream that has not ended, and the
   *   errors of handleRequest.
   */
  handleRequestSync(request) {
    const subject = this.#rewritten(request)
    if (subject instanceof Request) {
      assertHTTP(subject)
      subject[kBody].seal()
    }
    return core.askSync(this[kApplication], subject, received)
  }

  /**
   * Calls the app with a scope of any type, for protocols that are neither HTTP nor WebSocket.
   *
   * @param {object} scope has a `type`; holds strings, numbers, bigints, booleans, null, Buffers, arrays and objects.
   *   `asgi` is added where it is missing.
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions] cancels the app.
   * @returns {Connection} `send(event)`, `receive()`, `for await`, `close()`.
   * @throws {AsgiError} `ERR_ASGI_INVALID_EVENT`, `ERR_ASGI_CLOSED`, `ERR_ASGI_TOO_MANY_REQUESTS`, or the signal's reason.
   */
  connect(scope, signalOrOptions) {
    const signal = signalOf(signalOrOptions)
    if (signal !== null) signal.throwIfAborted()
    const application = this[kApplication]
    return new Connection(application, headOf(scope, application.options.scope), signal)
  }

  /**
   * Returns a JavaScript function that calls a Python function.
   *
   * The first call imports it from the handler's docroot.
   *
   * @param {string | { file: string, function: string }} target
   * @param {{ inline?: boolean, signal?: AbortSignal | null }} [options]
   * @returns {Function} see js/functions/python-function.js.
   * @throws {AsgiError} `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`.
   */
  function(target, options) {
    return require('./functions/python-function').pythonFunction(this[kApplication], target, options)
  }

  #rewritten(request) {
    if (this.#rewriter === null) return request
    const subject = toRequest(request)
    return this.#rewriter.rewrite(subject, subject.docroot ?? this.docroot)
  }
}

/** @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for a WebSocket. */
function assertHTTP(request) {
  if (!request.websocket) return
  throw create('ERR_ASGI_EXPECTED_REQUEST', 'Expected Request: use handleStream to open a WebSocket')
}

function seal(body) {
  body.seal()
}

/** Makes the response of handleRequest. */
function received(status, head, body, trailers, { log, exception }) {
  return new Response(kReceived, status, head, body, null, trailers, log, exception)
}

module.exports = { PythonHandler }
