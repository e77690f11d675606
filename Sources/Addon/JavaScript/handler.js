// The class that the addon exports: one application, and the ways to ask it.
'use strict'

const native = require('native')
const { FILES, abilities } = require('./abilities')
const answers = require('./answers')
const { own } = require('./checks')
const { clearTimeout, performance, setTimeout } = require('./clock')
const controls = require('./controls')
const { Deadlines } = require('./deadlines')
const dispatcher = require('./dispatcher')
const { create, fromJSON } = require('./errors')
const { handlers } = require('./events')
const { FileReader } = require('./files')
const { read } = require('./options')
const { complain } = require('./reports')
const { keysOf, prepare } = require('./requests')
const { BufferedExchange, CallbackExchange, onAbort, signalOf } = require('./responses')
const slots = require('./slots')
const { ENDED, NEW, OPEN } = require('./states')
const symbols = require('./symbols')

const {
  flag_end: FLAG_END,
  flag_buffered: FLAG_BUFFERED,
  flag_secure: FLAG_SECURE,
  flag_http10: FLAG_HTTP10,
  flag_http2: FLAG_HTTP2,
  flag_webSocket: FLAG_SOCKET,
  flag_raw: FLAG_RAW,
  flag_function: FLAG_FUNCTION,
  flag_keys: FLAG_KEYS,
} = native.records

/** Counters of a handler that its servers have as well. */
const OF_SERVERS = ['requests', 'errors', 'disconnects', 'bytesIn', 'bytesOut']

/** ms that an application has at least to end what it does for clients that are gone, before it is cancelled. */
const GRACE = 1000

/**
 * A Python ASGI application inside this process.
 *
 * Everything here runs on the JavaScript thread and never waits for Python, but for the constructor, which imports the
 * application, and handleRequestSync.
 */
class PythonHandler {
  #inFlight = 0
  #closing
  #drained
  #ready
  // Servers of the addon's that hand requests to the application.
  #servers = new Set()

  /** `(target, options)`, `(file, function, options)` or `({ docroot, appTarget, ...options })`. */
  constructor(...args) {
    const { target, options } = read(args)
    /** The options with their defaults. */
    this.options = options
    this.statistics = {
      requests: 0,
      errors: 0,
      disconnects: 0,
      bytesIn: 0,
      bytesOut: 0,
      websockets: 0,
    }
    /** @internal Whether there is more than plain functions. */
    this.hasApp = target.file !== ''
    const loaded = native.load({
      file: target.file,
      attribute: target.attribute,
      docroot: resolved(options.docroot),
      rootPath: options.rootPath,
      python: options.python,
      loop: options.loop,
      thread: options.thread ?? '',
      interface: options.interface,
      factory: options.factory,
      exposeErrors: options.exposeErrors,
      logging: options.logging,
      lifespan: this.hasApp ? options.lifespan : 'off',
      lifespanTimeout: options.lifespanTimeout,
      highWaterMark: options.highWaterMark,
      scope: typeof options.scope === 'object' ? JSON.stringify(options.scope) : '',
      PYTHON_NODE_THREAD: process.env.PYTHON_NODE_THREAD ?? '',
      PYTHON_NODE_PYTHON: process.env.PYTHON_NODE_PYTHON ?? '',
      VIRTUAL_ENV: process.env.VIRTUAL_ENV ?? '',
      PATH: process.env.PATH ?? '',
    })
    if (typeof loaded === 'string') throw fromJSON(loaded)
    /** @internal */
    this.application = loaded
    dispatcher.begin()
    this.deadlines = new Deadlines(options.responseTimeout, expire)
    this.noDeadlines = new Deadlines(0, expire)
    this.socketDeadlines = new Deadlines(options.wsAcceptTimeout, expire)
    handlers.set(loaded, this)
  }

  /** The folder as it was given. */
  get docroot() {
    return this.options.docroot ?? process.cwd()
  }

  /** What runs the application: `{ version, implementation, executable, prefix, loop }` of Python. */
  get runtime() {
    return JSON.parse(native.runtime())
  }

  /** Resolves when lifespan's startup is complete; rejects with ERR_ASGI_LIFESPAN or the application's error. */
  ready() {
    this.#ready ??= controls.call(
      (token) => native.ready(this.application, token),
      this.options.lifespanTimeout,
      'Application startup',
    )
    return this.#ready
  }

  /**
   * Hands a request over.
   * @param {Exchange} exchange a new one
   * @param {object} head a RequestHead, see requests.js
   */
  open(exchange, head) {
    if (this.#closing !== undefined) throw create('ERR_ASGI_CLOSED')
    if (exchange.state !== NEW) throw create('ERR_ASGI_REQUEST_USED')
    const { maxConcurrency } = this.options
    if (maxConcurrency !== 0 && this.#inFlight >= maxConcurrency) throw create('ERR_ASGI_TOO_MANY_REQUESTS')
    let flags = head.abilities ?? 0
    if (FileReader.fs === undefined) flags &= ~FILES
    const isSocket = head.webSocket === true
    if (isSocket) flags = FLAG_SOCKET
    const isRaw = head.raw === true
    if (!this.hasApp && head.function !== true) {
      throw create('ERR_ASGI_NOT_CALLABLE', 'The handler has no app: it was made for plain functions')
    }
    if (isRaw) flags = head.function === true ? FLAG_RAW | FLAG_FUNCTION : FLAG_RAW
    if (!head.bodyOpen) flags |= FLAG_END
    if (head.buffered) flags |= FLAG_BUFFERED
    if (head.scheme === 'https') flags |= FLAG_SECURE
    if (head.httpVersion !== '1.1') {
      if (head.httpVersion === '2' || head.httpVersion === '2.0') flags |= FLAG_HTTP2
      else if (head.httpVersion === '1.0') flags |= FLAG_HTTP10
    }
    if (head.keys) {
      flags |= FLAG_KEYS
      head.tls = `{"tls":${head.tls || 'null'},"scope":${head.keys}}`
    }
    exchange.handler = this
    exchange.isBuffered = head.buffered
    exchange.deadlines = isSocket ? this.socketDeadlines : isRaw ? this.noDeadlines : this.deadlines
    // Counted first: a request that cannot be sent may have ended when this returns.
    this.#inFlight++
    exchange.isInFlight = true
    try {
      dispatcher.open(exchange, head, flags)
    } catch (error) {
      this.settle(exchange)
      throw error
    }
    if (exchange.state === OPEN) {
      exchange.bodyOpen = head.bodyOpen
      exchange.deadlines.add(exchange)
    }
    if (head.body !== null) this.statistics.bytesIn += head.body.length
    if (isSocket) this.statistics.websockets++
    else if (!isRaw) this.statistics.requests++
  }

  /** The head of a request, checked: see requests.js. */
  prepare(request) {
    const head = prepare(request)
    head.keys = keysOf(this.options, request)
    return head
  }

  /** What a whole response is made into; the layer above makes its own. */
  respond(status, head, body) {
    return { status, headers: head.object(), body }
  }

  /**
   * Asks the application and collects the response.
   * @param {object} request `{ method, url, headers, body, socket }`
   * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions]
   * @returns {Promise<object>} `{ status, headers, body }`
   */
  handleRequest(request, signalOrOptions) {
    return new Promise((resolve, reject) => {
      const signal = signalOf(signalOrOptions)
      if (signal !== null && signal.aborted) throw signal.reason
      const head = this.prepare(request)
      head.buffered = true
      head.abilities = abilities.TRAILERS | FILES
      const exchange = new BufferedExchange(resolve, reject)
      if (request[symbols.attach] !== undefined) request[symbols.attach](exchange)
      this.open(exchange, head)
      if (signal !== null) {
        exchange.release = onAbort(exchange, signal, () => {
          exchange.abort()
          reject(signal.reason)
        })
      }
    })
  }

  /**
   * Asks the application and hands the response's body to callbacks.
   * @param {object} request as for handleRequest
   * @param {object} callbacks `{ onData(chunk), onEnd(trailers), onError(error), signal }`
   * @returns {Promise<object>} `{ status, headers, pause(), resume(), destroy() }`
   */
  handleStream(request, callbacks = {}) {
    return new Promise((resolve, reject) => {
      const signal = signalOf(callbacks)
      if (signal !== null && signal.aborted) throw signal.reason
      const head = this.prepare(request)
      head.abilities = abilities.TRAILERS | FILES
      const exchange = new CallbackExchange(callbacks, resolve, reject)
      if (request[symbols.attach] !== undefined) request[symbols.attach](exchange)
      this.open(exchange, head)
      exchange.follow(signal)
    })
  }

  /**
   * Asks the application and blocks this thread until the response is complete.
   * @param {object} request as for handleRequest, its body complete
   */
  handleRequestSync(request) {
    const head = this.prepare(request)
    if (head.bodyOpen) throw create('ERR_ASGI_BODY_INCOMPLETE')
    head.buffered = true
    head.abilities = abilities.TRAILERS
    let response
    let failure
    const exchange = new BufferedExchange((value) => {
      response = value
    }, (error) => {
      failure = error
    })
    if (request[symbols.attach] !== undefined) request[symbols.attach](exchange)
    this.open(exchange, head)
    if (!answers.block(exchange, this.options.responseTimeout)) {
      exchange.abort()
      throw create('ERR_ASGI_NO_RESPONSE')
    }
    if (failure !== undefined) throw failure
    return response
  }

  /**
   * Stops: refuses new requests, waits for those in flight, disconnects the rest, runs lifespan's shutdown.
   * @param {{ timeout?: number }} [options] ms to wait for requests in flight
   */
  close(options = {}) {
    this.#closing ??= this.#close(own(options, 'timeout') ?? 10000)
    return this.#closing
  }

  async #close(timeout) {
    const begin = performance.now()
    const ends = Array.from(this.#servers, (server) => server.end(timeout))
    if (this.#inFlight > 0) {
      let timer
      await new Promise((resolve) => {
        this.#drained = resolve
        timer = setTimeout(resolve, timeout)
        timer.unref()
      })
      clearTimeout(timer)
    }
    if (ends.length > 0) await Promise.all(ends)
    slots.abandon(this)
    const grace = Math.max(GRACE, timeout - (performance.now() - begin))
    try {
      await controls.call(
        (token) => native.shutDown(this.application, token, grace),
        this.options.lifespanTimeout,
        'Application shutdown',
      )
    } finally {
      // What an application still does behind its responses keeps nobody.
      slots.forget(this)
      handlers.delete(this.application)
    }
  }

  /**
   * Takes a server that hands requests over by itself: it is closed with the handler.
   * @param {{ end(timeout: number): Promise<void> }} server its `end` lets the application's requests end, for `timeout` ms
   * @throws {AsgiError} `ERR_ASGI_CLOSED`
   */
  addServer(server) {
    if (this.#closing !== undefined) throw create('ERR_ASGI_CLOSED')
    this.#servers.add(server)
  }

  /**
   * The server hands nothing over any more.
   * @param {object} [counts] what it has counted, see stats
   */
  removeServer(server, counts) {
    this.#servers.delete(server)
    if (counts !== undefined) { for (const name of OF_SERVERS) this.statistics[name] += counts[name] }
  }

  /** Counters since the handler was made; `inFlight` and `loopLag` (ms that the event loop is late) now. */
  stats() {
    const all = { ...this.statistics, inFlight: this.#inFlight, loopLag: native.loopLag() }
    for (const server of this.#servers) {
      const counts = server.stats()
      for (const name of OF_SERVERS) all[name] += counts[name]
      all.inFlight += counts.inFlight
    }
    return all
  }

  /** An error that nobody waits for: background work that failed after its response. */
  report(error) {
    const isObject = typeof error === 'object' && error !== null
    const traceback = isObject ? own(error, 'pythonTraceback') : undefined
    if (traceback === undefined) complain(error)
    else complain('Exception in ASGI application\n%s', traceback)
  }

  /** A record was logged: nothing to do here, Python's own handlers have had it. */
  logged(_record) {}

  /** @internal An exchange is over. */
  settle(exchange) {
    if (!exchange.isInFlight) return
    exchange.isInFlight = false
    this.#inFlight--
    if (this.#drained !== undefined && this.#inFlight === 0) this.#drained()
  }
}

/** The time for http.response.start is over. */
function expire(exchange) {
  if (exchange.state !== OPEN) return
  exchange.handler.statistics.errors++
  const error = create('ERR_ASGI_NO_RESPONSE')
  try {
    exchange.observer?.failed(error)
    exchange.abort()
    exchange.onFail(error)
    if (exchange.state !== ENDED) exchange.close()
  } catch (second) {
    exchange.broken(second)
  }
}

/** The folder from the root. */
function resolved(docroot) {
  if (docroot === undefined || docroot === '') return process.cwd()
  return docroot.startsWith('/') ? docroot : `${process.cwd()}/${docroot}`
}

module.exports = { PythonHandler }
