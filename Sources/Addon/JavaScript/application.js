// One application: what is under way in it, what it has done, and its end.
'use strict'

const native = require('native')
const { FILES } = require('./abilities')
const answers = require('./answers')
const applications = require('./applications')
const { own } = require('./checks')
const { clearTimeout, nextTick, performance, setTimeout } = require('./clock')
const controls = require('./controls')
const { Deadlines } = require('./deadlines')
const { addLoops, dispatchers, leastBusy } = require('./dispatcher')
const { create } = require('./errors')
const { FileReader } = require('./files')
const { load } = require('./loading')
const { complain } = require('./reports')
const { keysOf, prepare } = require('./requests')
const slots = require('./slots')
const { NEW, OPEN } = require('./states')

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
 * One application in this process.
 *
 * Everything here runs on the JavaScript thread and never waits for Python, but for the constructor, which imports the
 * application.
 */
class Application {
  #inFlight = 0
  #closing
  #drained
  #ready
  // Servers of the addon's that hand requests to the application.
  #servers = new Set()
  #isShared = false
  #hasApp
  #deadlines
  #noDeadlines
  #socketDeadlines

  /** An EventEmitter that is told 'error' and 'log': what belongs to no caller. Null: errors go to stderr. */
  events = null
  /**
   * Called for each exchange that is opened, but for raw ones: may give it an observer.
   * @type {((exchange: object, head: object) => void) | null}
   */
  observe = null
  /** Whether an orderly end of the process closes it, which waits for its shutdown. */
  closesAtEnd = false
  statistics = { requests: 0, errors: 0, disconnects: 0, bytesIn: 0, bytesOut: 0, websockets: 0 }

  /** @param {{ file: string, attribute: string }} target its file is '' for plain functions alone @param {object} options */
  constructor(target, options) {
    /** The options with their defaults. */
    this.options = options
    this.#hasApp = target.file !== ''
    /** What the addon knows it by. */
    this.number = load(target, options)
    addLoops((channel) => answers.follow(channel))
    this.#deadlines = new Deadlines(options.responseTimeout)
    this.#noDeadlines = new Deadlines(0)
    this.#socketDeadlines = new Deadlines(options.wsAcceptTimeout)
    applications.add(this)
  }

  /** The folder as it was given. */
  get docroot() {
    return this.options.docroot ?? process.cwd()
  }

  /** Whether it was told to end. */
  get isClosing() {
    return this.#closing !== undefined
  }

  /** Resolves when lifespan's startup is complete; rejects with ERR_ASGI_LIFESPAN or the application's error. */
  ready() {
    // One loop's lifespan begins after another's: the last one knows how it has gone with all of them.
    const { channel } = dispatchers[dispatchers.length - 1]
    this.#ready ??= controls.call(
      (token) => channel.ready(this.number, token),
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
    try {
      if (head.raw !== true && this.observe !== null) this.observe(exchange, head)
      this.#open(exchange, head)
    } catch (error) {
      exchange.observer?.failed(error)
      throw error
    }
  }

  #open(exchange, head) {
    if (this.#closing !== undefined) throw create('ERR_ASGI_CLOSED')
    if (exchange.state !== NEW) throw create('ERR_ASGI_REQUEST_USED')
    const { maxConcurrency } = this.options
    let flags = head.abilities ?? 0
    if (FileReader.fs === undefined) flags &= ~FILES
    const isSocket = head.webSocket === true
    if (isSocket) flags = FLAG_SOCKET
    const isRaw = head.raw === true
    if (!this.#hasApp && head.function !== true) {
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
    exchange.application = this
    exchange.isBuffered = head.buffered
    exchange.deadlines = isSocket ? this.#socketDeadlines : isRaw ? this.#noDeadlines : this.#deadlines
    if (maxConcurrency !== 0 && !this.#enter(maxConcurrency)) throw create('ERR_ASGI_TOO_MANY_REQUESTS')
    // Counted first: a request that cannot be sent may have ended when this returns.
    this.#inFlight++
    exchange.isInFlight = true
    try {
      // Plain functions stay on the first loop: what their modules keep, such as a client's session, belongs to one loop.
      const dispatcher = head.function === true ? dispatchers[0] : leastBusy()
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

  /** Whether one more request may begin; with servers it is counted then. */
  #enter(maxConcurrency) {
    return this.#isShared ? native.enter(this.number, maxConcurrency) : this.#inFlight < maxConcurrency
  }

  /** An exchange is over. */
  settle(exchange) {
    if (!exchange.isInFlight) return
    exchange.isInFlight = false
    this.#inFlight--
    if (this.#isShared) native.leave(this.number)
    if (this.#drained !== undefined && this.#inFlight === 0) this.#drained()
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
    const failures = []
    // The first loop last, as its lifespan began first.
    for (let i = dispatchers.length - 1; i >= 0; i--) {
      const { channel } = dispatchers[i]
      const grace = Math.max(GRACE, timeout - (performance.now() - begin))
      try {
        await controls.call(
          (token) => channel.shutDown(this.number, token, grace),
          this.options.lifespanTimeout,
          'Application shutdown',
        )
      } catch (error) {
        failures.push(error)
      }
    }
    // What the application still does after its responses keeps nobody.
    slots.forget(this)
    applications.remove(this)
    native.forget(this.number)
    if (failures.length > 0) throw failures[0]
  }

  /**
   * Takes a server that hands requests over by itself: it is closed with the handler.
   * @param {{ end(timeout: number): Promise<void> }} server its `end` lets the application's requests end, for `timeout` ms
   * @throws {AsgiError} `ERR_ASGI_CLOSED`
   */
  addServer(server) {
    if (this.#closing !== undefined) throw create('ERR_ASGI_CLOSED')
    this.#servers.add(server)
    if (this.options.maxConcurrency === 0 || this.#isShared) return
    // From now on requests are counted where the threads of servers count theirs.
    this.#isShared = true
    native.occupy(this.number, this.#inFlight)
  }

  /**
   * The server hands nothing over any more.
   * @param {object} [counts] what it has counted, see stats
   */
  removeServer(server, counts) {
    this.#servers.delete(server)
    if (counts !== undefined) { for (const name of OF_SERVERS) this.statistics[name] += counts[name] }
  }

  /**
   * Counters since the handler was made, and how it is now: `inFlight`, `loopLag` (ms that the event loop is late, or the one
   * that is latest), and, where there are several, `loops`: `loopLag` of each and its exchanges, those of all handlers.
   */
  stats() {
    const loops = dispatchers.map(({ channel, live }) => ({ inFlight: live, loopLag: channel.loopLag() }))
    const loopLag = Math.max(...loops.map((loop) => loop.loopLag))
    const all = { ...this.statistics, inFlight: this.#inFlight, loopLag }
    if (loops.length > 1) all.loops = loops
    for (const server of this.#servers) {
      const counts = server.stats()
      for (const name of OF_SERVERS) all[name] += counts[name]
      all.inFlight += counts.inFlight
    }
    return all
  }

  /** Tells an error that no caller gets. */
  report(error) {
    if (this.#tell('error', error)) return
    const isObject = typeof error === 'object' && error !== null
    const traceback = isObject ? own(error, 'pythonTraceback') : undefined
    if (traceback === undefined) complain(error)
    else complain('Exception in ASGI application\n%s', traceback)
  }

  /** Tells a record that Python's `logging` has handled. */
  logged(record) {
    this.#tell('log', record)
  }

  /** @returns {boolean} whether somebody listens */
  #tell(event, value) {
    const { events } = this
    if (events === null || events.listenerCount(event) === 0) return false
    // A listener that throws ends as any uncaught exception does, and not in the middle of a batch of answers.
    nextTick(() => events.emit(event, value))
    return true
  }
}

module.exports = { Application }
