'use strict'

const dns = require('node:dns')
const { EventEmitter } = require('node:events')
const { core } = require('../binding')
const { isObserved, observers } = require('../diagnostics')
const { closeByDispose } = require('./async-dispose')
const { Bound } = require('./bound')
const { NOTHING } = require('./counts')
const { readListenArguments } = require('./listen-arguments')
const { NodeServer } = require('./node-server')
const { tellObserved } = require('./observed')
const { socketOf } = require('./sockets')
const { alreadyListening, notRunning } = require('./system-errors')

/** What a server is doing. */
const IDLE = 0
const LOOKING_UP = 1
const LISTENING = 2
const CLOSING = 3

/**
 * An HTTP/1.1 server whose connections are read and written by threads of the addon: requests for the app never touch
 * JavaScript. Its shape is that of `http.Server`.
 *
 * Emits 'listening', 'close', 'error' (nothing can listen there) and 'drop' (connections were refused).
 */
class PythonServer extends EventEmitter {
  #handler
  #application
  #settings
  #requestListener
  #hooks
  #state = IDLE
  // Each call of listen has its own, so that an answer that comes after close() is known.
  #attempt = 0
  // What of it is in the addon; of the last time that it listened, once it is closed.
  #bound = null
  #isReferenced = true
  // Serves the connections that were handed over.
  #node = null
  #signal = null

  /**
   * @param {import('..').PythonHandler} handler
   * @param {object} settings of `readOptions`; and `dateHeader`: whether responses have a Date, `repeatsHeaders`: whether
   *   `headers` come beside those of their names that a response has, `otherPaths`: prefixes that are not the app's, `traces`:
   *   whether the access log has the header `traceparent`, `mostRequests`: responses after which `onReached` is called, 0 for
   *   none, and what is measured: `methods`, `nanoseconds` and `bytes`, see RequestMetrics.swift; no methods for nothing.
   * @param {Function | import('node:http').Server | null} requestListener
   * @param {object} [hooks]
   * @param {((records: Buffer) => void) | null} [hooks.onAccess] gets what the access log shall have: see
   *   access-records.js of serve.
   * @param {((socket: import('node:net').Socket) => void) | null} [hooks.accept] gets the connections that are handed over,
   *   in place of a NodeServer.
   * @param {(count: number) => void} [hooks.onReached] as many responses are over as `mostRequests` says, those of `answered`
   *   among them.
   */
  constructor(handler, settings, requestListener, { onAccess = null, accept = null, onReached = () => {} } = {}) {
    super()
    this.#handler = handler
    this.#application = handler[core.symbols.application]
    this.#settings = settings
    this.#requestListener = requestListener
    this.#hooks = { onAccess, accept, onReached }
  }

  /** Whether connections are accepted. */
  get listening() {
    return this.#state === LISTENING
  }

  /**
   * Begins to listen: `(port, host, backlog, callback)`, `(path, backlog, callback)` or `(options, callback)`.
   *
   * @returns {this}
   * @throws {Error} `ERR_SERVER_ALREADY_LISTEN`, `ERR_ASGI_CLOSED`, and Node's errors for wrong arguments.
   */
  listen(...args) {
    if (this.#state !== IDLE) throw alreadyListening()
    const { place, callback } = readListenArguments(args)
    this.#application.addServer(this)
    this.#bound = null
    this.#state = LOOKING_UP
    const attempt = ++this.#attempt
    if (callback !== null) this.once('listening', callback)
    this.#follow(place.signal)
    if (this.#attempt !== attempt) return this
    if (place.host === '') {
      this.#bind(place)
    } else {
      dns.lookup(place.host, (error, host) => {
        if (this.#attempt !== attempt) return
        if (error === null) this.#bind({ ...place, host })
        else this.#fail(error)
      })
    }
    return this
  }

  /** Where it listens: `{ address, family, port }`, the path of a Unix socket, or `null`. */
  address() {
    return this.listening ? this.#bound.address : null
  }

  /**
   * Accepts no more connections, closes idle ones and lets each other end with its response. 'close' comes when none is
   * left, WebSockets among them.
   *
   * @param {(error?: Error) => void} [callback] called then; with `ERR_SERVER_NOT_RUNNING` where it does not listen.
   * @returns {this}
   */
  close(callback) {
    const isOpen = this.#state === LISTENING || this.#state === LOOKING_UP
    if (typeof callback === 'function') this.once('close', isOpen ? () => callback() : () => callback(notRunning()))
    if (this.#state === LISTENING) {
      this.#state = CLOSING
      this.#bound.closeSoon()
      this.#node?.endSoon()
    } else if (this.#state !== CLOSING) {
      this.#reset()
      process.nextTick(() => this.emit('close'))
    }
    return this
  }

  /**
   * Accepts no more connections and lets each end with its next response, so that no request is lost: those that are idle
   * are closed later. 'close' comes when none is left. The path of a Unix socket is left there.
   *
   * @param {number} idle ms without a request after which a connection is closed.
   */
  drain(idle) {
    if (this.#state !== LISTENING) return
    this.#state = CLOSING
    this.#bound.drain(idle)
    this.#node?.endSoon()
  }

  /** Closes the connections on which no request is under way. */
  closeIdleConnections() {
    this.#bound?.closeIdle()
    this.#node?.closeIdleConnections()
  }

  /** Closes all connections at once, but for those that were upgraded. */
  closeAllConnections() {
    this.#bound?.closeAll()
    this.#node?.closeAllConnections()
  }

  /** Keeps the process alive while it listens, as it does from the start. */
  ref() {
    return this.#refer(true)
  }

  /** Lets the process end while it listens. */
  unref() {
    return this.#refer(false)
  }

  /** Says from now on that it is about to end: to clients with each response, and by the health path with 503. */
  announceEnd() {
    this.#bound?.announceEnd()
  }

  /** Counts of its connections and requests since it began to listen. */
  stats() {
    return { ...NOTHING, ...this.#bound?.stats() }
  }

  /** What it has measured: see RequestMetrics.swift; `null` for nothing. */
  metrics() {
    const text = this.#bound?.metrics() ?? ''
    return text === '' ? null : JSON.parse(text)
  }

  /** Counts a response of somebody else's among its own, for `onReached`. */
  answered() {
    this.#bound?.answered()
  }

  /**
   * Closes as the handler does, which has no use for it any more: waits for the app's requests, and closes their
   * connections when the time is over. What was handed over is not waited for.
   *
   * @param {number} timeout ms.
   * @returns {Promise<void>}
   */
  async end(timeout) {
    if (this.#state !== CLOSING) this.close()
    await this.#bound?.end(timeout)
  }

  #bind(place) {
    const { number: application, options: { highWaterMark, maxConcurrency, responseTimeout } } = this.#application
    const settings = { ...this.#settings, application, highWaterMark, responseTimeout, maxInFlight: maxConcurrency }
    try {
      this.#bound = new Bound(this.#owner(), place, settings)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#state = LISTENING
    this.#observe()
    observers.add(this.#observe)
    if (!this.#isReferenced) this.#bound.refer(false)
    const attempt = this.#attempt
    process.nextTick(() => {
      if (this.#attempt === attempt && this.listening) this.emit('listening')
    })
  }

  #fail(error) {
    this.#reset()
    process.nextTick(() => this.emit('error', error))
  }

  /** Forgets that it was to listen. */
  #reset() {
    this.#attempt++
    this.#state = IDLE
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = null
    this.#application.removeServer(this)
  }

  /** What is told of one time that it listens. */
  #owner() {
    return {
      onHandedOver: (descriptor, octets) => this.#take(descriptor, octets),
      onDropped: (count) => this.#tellDropped(count),
      onAccess: this.#hooks.onAccess,
      onFailed: (error) => this.#application.report(error),
      onObserved: (records) => tellObserved(this.#handler, records),
      onReached: this.#hooks.onReached,
      onClosed: (counts) => {
        observers.delete(this.#observe)
        this.#application.removeServer(this, counts)
        this.#closeIfDone()
      },
    }
  }

  #take(descriptor, octets) {
    const { accept } = this.#hooks
    try {
      const socket = socketOf(descriptor, octets)
      if (accept !== null) accept(socket)
      else (this.#node ??= this.#makeNode()).take(socket)
    } catch (error) {
      this.#application.report(error)
    }
  }

  #tellDropped(count) {
    const { address, port, family } = Object(this.#bound.address)
    const data = { count, localAddress: address, localPort: port, localFamily: family }
    process.nextTick(() => this.emit('drop', data))
  }

  #makeNode() {
    const { address } = this.#bound
    const node = new NodeServer(address, this.#application, this.#settings, this.#requestListener)
    node.on('empty', () => this.#closeIfDone())
    node.on('full', () => this.#tellDropped(1))
    if (this.#state === CLOSING) node.endSoon()
    return node
  }

  #closeIfDone() {
    if (this.#state !== CLOSING || !this.#bound.isClosed || this.#node?.size > 0) return
    this.#node = null
    this.#reset()
    process.nextTick(() => this.emit('close'))
  }

  #refer(isReferenced) {
    this.#isReferenced = isReferenced
    this.#bound?.refer(isReferenced)
    return this
  }

  /** Closes when a signal says so. */
  #follow(signal) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.close()
  }

  #onAbort = () => this.close()

  /** Has its requests told of in full where somebody listens. */
  #observe = () => this.#bound.observe(isObserved())
}

closeByDispose(PythonServer)

module.exports = { PythonServer }
