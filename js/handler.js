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
 * The core's handler has an Application, which imports the app and carries requests. What is here speaks in Request and
 * Response, streams both ways, and fits into servers.
 */
class PythonHandler extends core.Handler {
  /**
   * Answers a web-standard Request, or what the global `fetch` makes one of, with a web-standard Response; usable on its
   * own. Redirects are given as they are.
   *
   * @type {(input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>}
   */
  fetch

  #rewriter
  // How listener and upgrade read requests: see describe in http/listener.js.
  #view
  // Made when they are asked for, so that `require` loads what only they need later.
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
    // Looked at first: the addon's constructor imports and starts the app.
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
   * Answers the requests of node:http, node:https, node:http2, Express and Connect; usable on its own.
   *
   * @type {(req: object, res: object, next?: (error?: any) => void) => void}
   */
  get listener() {
    this.#listener ??= require('./http/listener').createListener(this[kApplication], this.#view)
    return this.#listener
  }

  /**
   * Takes the WebSockets of node:http and node:https: for `server.on('upgrade', …)`; usable on its own.
   *
   * @type {(req: object, socket: import('node:net').Socket, head: Buffer) => void}
   * @throws {Error} `ERR_ASGI_WEBSOCKET_LIBRARY` when the package `ws` is not installed.
   */
  get upgrade() {
    this.#upgrade ??= require('./websocket/upgrade').createUpgrade(this[kApplication], this.#view)
    return this.#upgrade
  }

  /**
   * Answers what cannot be read as a request after the responses that are under way on its connection: for
   * `server.on('clientError', …)`; usable on its own. Node's own answer is written in the place of the first of them.
   *
   * @type {(error: Error, socket: import('node:net').Socket) => void}
   */
  get clientError() {
    return require('./http/client-errors').onClientError
  }

  /**
   * Makes what undici calls a Dispatcher: `fetch(url, { dispatcher })` of Node and undici's own functions then ask the
   * app, without a network.
   *
   * @param {object} [options]
   * @param {string | string[]} [options.origin] the origins that are the app's, default: all.
   * @param {object} [options.fallback] the dispatcher for other origins; without it they are refused.
   * @returns {import('./dispatcher/dispatcher').PythonDispatcher}
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
   */
  dispatcher(options) {
    const { PythonDispatcher } = require('./dispatcher/dispatcher')
    return new PythonDispatcher(this[kApplication], this.#rewriter, options)
  }

  /**
   * Makes an HTTP server whose connections are on threads of their own: requests for the app never touch JavaScript.
   *
   * @param {object} [options] see PythonServerOptions in index.d.ts.
   * @param {Function | import('node:http').Server} [requestListener] gets what is not the app's.
   * @returns {import('./native-server/server').PythonServer}
   * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
   */
  createServer(...args) {
    return require('./native-server').createServer(this, this.#view, args)
  }

  /**
   * Listens to what belongs to no response.
   *
   * @param {'log' | 'error'} event `'log'`: every record that Python's `logging` handles, as `{ level, logger, message,
   *   time }` (time in seconds since 1970); `'error'`: what nobody else is told, each error once: an AsgiError, or what
   *   a function of the program's threw.
   * @param {(value: any) => void} listener
   * @returns {this}
   */
  on(event, listener) {
    this.#events.on(event, listener)
    return this
  }

  /** As `on`, for the next one only. */
  once(event, listener) {
    this.#events.once(event, listener)
    return this
  }

  /** Takes a listener away. */
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
    // Straight through, without a promise of our own: a plain object's body is complete.
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
    // Nobody has written yet: whoever means to does so before this turn ends.
    if (isOpen === undefined) setImmediate(seal, body)
    const response = await stream(this[kApplication], subject, signalOf(signalOrOptions))
    return response[kCollect]()
  }

  /**
   * Sends a request and gives the response as soon as it starts.
   *
   * The request's body may still be written while the response is read. A method other than GET, HEAD, OPTIONS, DELETE
   * and TRACE without a body stays open until `request.end()`. A request with `websocket: true` gives its response when
   * the app accepts.
   *
   * @param {Request | object} request
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions] aborts the response's body too.
   * @returns {Promise<Response>} `body` is `null`; read it with `next()` or `for await`. Rejects as handleRequest does.
   */
  async handleStream(request, signalOrOptions) {
    return stream(this[kApplication], this.#rewritten(request), signalOf(signalOrOptions))
  }

  /**
   * Sends a request and blocks this thread until the whole response is there.
   *
   * @param {Request | object} request
   * @returns {Response}
   * @throws {AsgiError} `ERR_ASGI_BODY_INCOMPLETE` when the body is a stream that has not ended, and what
   *   handleRequest rejects with.
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
   * Gives a plain Python function as a JavaScript function.
   *
   * It is imported by its first call, from the handler's docroot.
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

/** @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for a WebSocket, which has no whole response. */
function assertHTTP(request) {
  if (!request.websocket) return
  throw create('ERR_ASGI_EXPECTED_REQUEST', 'Expected Request: a WebSocket is opened with handleStream')
}

function seal(body) {
  body.seal()
}

/** The response of handleRequest, when all of it has come. */
function received(status, head, body, trailers, { log, exception }) {
  return new Response(kReceived, status, head, body, null, trailers, log, exception)
}

module.exports = { PythonHandler }
