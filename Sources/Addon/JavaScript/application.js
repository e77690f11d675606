// One application: its requests in flight, its counters and its shutdown.
'use strict'

const native = require('native')
const completionQueue = require('./completion-queue')
const applications = require('./applications')
const { own } = require('./checks')
const { nextTick, performance } = require('./clock')
const { Deadlines } = require('./deadlines')
const { create } = require('./errors')
const { InFlight } = require('./in-flight')
const { Lifespan } = require('./lifespan')
const { load } = require('./loading')
const { complain } = require('./reports')
const { flagsOf } = require('./request-flags')
const { keysOf, prepare } = require('./requests')
const slots = require('./slots')
const { NEW, OPEN } = require('./states')
const queues = require('./submission-queues')
const symbols = require('./symbols')

/** The counters that native servers have, too. */
const OF_SERVERS = ['requests', 'errors', 'disconnects', 'bytesIn', 'bytesOut']

/**
 * One application in this process.
 *
 * Everything runs on the JavaScript thread. Only the constructor waits for Python: it imports the application.
 */
class Application {
  #inFlight
  #lifespan
  #closing
  // Native servers of the addon that serve the application.
  #servers = new Set()
  #hasApp
  #deadlines
  #noDeadlines
  #socketDeadlines

  /** The EventEmitter of 'error' and 'log' events. Errors without a listener go to stderr. */
  events = null
  /**
   * Called for each exchange that is opened, except raw ones. It can set the exchange's observer.
   * @type {((exchange: object, head: object) => void) | null}
   */
  observe = null
  /** Whether it is closed, and its lifespan shutdown awaited, when the process exits normally. */
  closesAtEnd = false
  statistics = { requests: 0, errors: 0, disconnects: 0, bytesIn: 0, bytesOut: 0, websockets: 0 }

  /** @param {{ file: string, attribute: string }} target `file` is '' if the handler only calls functions @param {object} options */
  constructor(target, options) {
    /** The options with their defaults. */
    this.options = options
    this.#hasApp = target.file !== ''
    /** Identifies it in the addon. */
    this.number = load(target, options)
    queues.addLoops((channel) => completionQueue.follow(channel))
    this.#lifespan = new Lifespan(this.number, options.lifespanTimeout)
    this.#inFlight = new InFlight(this.number, options.maxConcurrency)
    this.#deadlines = new Deadlines(options.responseTimeout, 'responseTimeout')
    this.#noDeadlines = new Deadlines(0, '')
    this.#socketDeadlines = new Deadlines(options.wsAcceptTimeout, 'wsAcceptTimeout')
    applications.add(this)
  }

  /** The option `docroot`, not resolved. */
  get docroot() {
    return this.options.docroot ?? process.cwd()
  }

  /** Whether `close` was called. */
  get isClosing() {
    return this.#closing !== undefined
  }

  /** Resolves when lifespan's startup is complete; rejects with ERR_ASGI_LIFESPAN or the application's error. */
  ready() {
    return this.#lifespan.ready()
  }

  /**
   * Sends a request to the application.
   * @param {Exchange} exchange a new one
   * @param {object} head a RequestHead, see requests.js
   * @param {object} [request] what the head was made of; its body is written to the exchange
   */
  open(exchange, head, request) {
    request?.[symbols.attach]?.(exchange)
    try {
      if (head.raw !== true && this.observe !== null) this.observe(exchange, head)
      this.#open(exchange, head)
    } catch (error) {
      exchange.observer?.failed(error)
      throw error
    }
  }

  #open(exchange, head) {
    this.#assertOpen()
    if (exchange.state !== NEW) throw create('ERR_ASGI_REQUEST_USED')
    const isSocket = head.webSocket === true
    const isRaw = head.raw === true
    if (!this.#hasApp && head.function !== true) {
      throw create(
        'ERR_ASGI_NOT_CALLABLE',
        'The handler has no app to handle requests: construct it with a target such as "main:app"',
      )
    }
    const flags = flagsOf(head)
    if (head.keys) head.tls = `{"tls":${head.tls || 'null'},"scope":${head.keys}}`
    exchange.application = this
    exchange.isBuffered = head.buffered
    exchange.deadlines = isSocket ? this.#socketDeadlines : isRaw ? this.#noDeadlines : this.#deadlines
    // Counted before it is sent, because it may have ended by the time `open` returns.
    this.#inFlight.enter()
    exchange.isInFlight = true
    try {
      // Plain functions always run on the first loop, because objects in their modules, such as HTTP clients, belong to a loop.
      const queue = head.function === true ? queues.first : queues.leastBusy()
      queue.open(exchange, head, flags)
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

  #assertOpen() {
    if (this.isClosing) throw create('ERR_ASGI_CLOSED', 'Handler closed: make another one to go on')
  }

  /** Checks a request and returns its head: see requests.js. */
  prepare(request) {
    const head = prepare(request)
    head.keys = keysOf(this.options, request)
    return head
  }

  /** Called when an exchange has ended. */
  settle(exchange) {
    if (!exchange.isInFlight) return
    exchange.isInFlight = false
    this.#inFlight.leave()
  }

  /**
   * Refuses new requests, waits for those in flight, disconnects the rest, and runs the lifespan shutdown.
   * @param {{ timeout?: number }} [options] ms to wait for requests in flight
   */
  close(options = {}) {
    this.#closing ??= this.#close(own(options, 'timeout') ?? 10000)
    return this.#closing
  }

  async #close(timeout) {
    const end = performance.now() + timeout
    const ends = Array.from(this.#servers, (server) => server.end(timeout))
    if (this.#inFlight.count > 0) await this.#inFlight.drained(timeout)
    if (ends.length > 0) await Promise.all(ends)
    slots.abortAll(this)
    const failures = await this.#lifespan.shutDown(end)
    // Work that the application does after its responses does not keep the process alive.
    slots.unrefAll(this)
    applications.remove(this)
    native.forget(this.number)
    if (failures.length > 0) throw failures[0]
  }

  /**
   * Adds a native server, which is closed with the handler.
   * @param {{ end(timeout: number): Promise<void> }} server its `end` waits up to `timeout` ms for requests in flight
   * @throws {AsgiError} `ERR_ASGI_CLOSED`
   */
  addServer(server) {
    this.#assertOpen()
    this.#servers.add(server)
    this.#inFlight.share()
  }

  /**
   * Removes a server that has stopped.
   * @param {object} [counts] its final counters, see `stats`
   */
  removeServer(server, counts) {
    this.#servers.delete(server)
    if (counts !== undefined) { for (const name of OF_SERVERS) this.statistics[name] += counts[name] }
  }

  /**
   * Counters since the handler was made, and current values: `inFlight`; `loopLag`, how many ms the slowest event loop is late;
   * and if there are several loops `loops`, each with its `loopLag` and its exchanges of all handlers.
   */
  stats() {
    const loops = queues.all.map(({ channel, live }) => ({ inFlight: live, loopLag: channel.loopLag() }))
    const loopLag = Math.max(...loops.map((loop) => loop.loopLag))
    const all = { ...this.statistics, inFlight: this.#inFlight.count, loopLag }
    if (loops.length > 1) all.loops = loops
    for (const server of this.#servers) {
      const counts = server.stats()
      for (const name of OF_SERVERS) all[name] += counts[name]
      all.inFlight += counts.inFlight
    }
    return all
  }

  /** Reports an error for which no call can reject. */
  report(error) {
    if (this.#emit('error', error)) return
    const isObject = typeof error === 'object' && error !== null
    const traceback = isObject ? own(error, 'pythonTraceback') : undefined
    if (traceback === undefined) complain(error)
    else complain('Exception in ASGI application\n%s', traceback)
  }

  /** Emits a record of Python's `logging`. */
  logged(record) {
    this.#emit('log', record)
  }

  /** @returns {boolean} whether the event has a listener */
  #emit(event, value) {
    const { events } = this
    if (events === null || events.listenerCount(event) === 0) return false
    // In a tick of its own, so that a listener's exception does not interrupt a batch of answers.
    nextTick(() => events.emit(event, value))
    return true
  }
}

module.exports = { Application }
