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
const { publishObserved } = require('./observed')
const { socketOf } = require('./sockets')
const { alreadyListening, notRunning } = require('./system-errors')

/** The states of a server. */
const IDLE = 0
const LOOKING_UP = 1
const LISTENING = 2
const CLOSING = 3

/**
 * An HTTP/1.1 server with the API of `http.Server`. Threads of the addon read and write its connections, so requests for
 * the app do not involve JavaScript.
 *
 * Emits 'listening', 'close', 'error' (it cannot listen) and 'drop' (connections were refused).
 */
class PythonServer extends EventEmitter {
  #handler
  #application
  #settings
  #requestListener
  #hooks
  #state = IDLE
  // Increments with each call of listen, to ignore a name lookup that completes after close().
  #attempt = 0
  // The listening server in the addon; after close the last one.
  #bound = null
  #isReferenced = true
  // Serves the connections that the addon hands over.
  #node = null
  #signal = null

  /**
   * @param {import('..').PythonHandler} handler
   * @param {object} settings of `readOptions`, and those that `createServer` fixes: see index.js.
   * @param {Function | import('node:http').Server | null} requestListener
   * @param {object} [hooks]
   * @param {() => void} [hooks.onLogged] `takeLines` has lines.
   * @param {((socket: import('node:net').Socket) => void) | null} [hooks.accept] gets the connections that the addon hands
   *   over, instead of a NodeServer.
   * @param {(count: number) => void} [hooks.onReached] called after `maxRequests` responses, including those of `answered`.
   */
  constructor(handler, settings, requestListener, { onLogged = () => {}, accept = null, onReached = () => {} } = {}) {
    super()
    this.#handler = handler
    this.#application = handler[core.symbols.application]
    this.#settings = settings
    this.#requestListener = requestListener
    this.#hooks = { onLogged, accept, onReached }
  }

  /** Whether connections are accepted. */
  get listening() {
    return this.#state === LISTENING
  }

  /**
   * Starts listening: `(port, host, backlog, callback)`, `(path, backlog, callback)` or `(options, callback)`.
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

  /** The address: `{ address, family, port }`, the path of a Unix socket, or `null`. */
  address() {
    return this.listening ? this.#bound.address : null
  }

  /**
   * Accepts no more connections, closes idle ones, and closes the others after their response. Emits 'close' when all are
   * closed, including WebSockets.
   *
   * @param {(error?: Error) => void} [callback] called on 'close', or with `ERR_SERVER_NOT_RUNNING` if it does not listen.
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
   * Accepts no more connections once it returns, and closes each after its next response, so that no request is lost; idle
   * ones are closed after a while. Emits 'close' when all are closed. The path of a Unix socket is not removed.
   *
   * @param {number} idle ms without a request after which a connection is closed.
   */
  drain(idle) {
    if (this.#state !== LISTENING) return
    this.#state = CLOSING
    this.#bound.drain(idle)
    this.#node?.endSoon()
  }

  /** Closes connections without a request. */
  closeIdleConnections() {
    this.#bound?.closeIdle()
    this.#node?.closeIdleConnections()
  }

  /** Closes all connections at once, except upgraded ones. */
  closeAllConnections() {
    this.#bound?.closeAll()
    this.#node?.closeAllConnections()
  }

  /** Keeps the process alive while it listens. The default. */
  ref() {
    return this.#refer(true)
  }

  /** Lets the process exit while it listens. */
  unref() {
    return this.#refer(false)
  }

  /** Announces the end: with `connection: close` in responses, and a 503 on the health path. */
  announceEnd() {
    this.#bound?.announceEnd()
  }

  /** Counters of connections and requests since it began to listen. */
  stats() {
    return { ...NOTHING, ...this.#bound?.stats() }
  }

  /** Its measurements, see RequestMetrics.swift; `null` if it does not measure. */
  metrics() {
    const text = this.#bound?.metrics() ?? ''
    return text === '' ? null : JSON.parse(text)
  }

  /** Takes waiting lines of the access log: `{ lines: Buffer, leftOut: number }`, see servers.js; `null` without lines. */
  takeLines() {
    return this.#bound?.takeLines() ?? null
  }

  /** Counts a response that this server did not send, for `onReached`. */
  answered() {
    this.#bound?.answered()
  }

  /**
   * Closes the server together with its handler: waits for the app's requests up to a timeout. Connections that were handed
   * over to Node are not waited for.
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

  /** Returns to the state before `listen`. */
  #reset() {
    this.#attempt++
    this.#state = IDLE
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = null
    this.#application.removeServer(this)
  }

  /** The callbacks for one call of `listen`. */
  #owner() {
    return {
      onHandedOver: (descriptor, octets) => this.#take(descriptor, octets),
      onDropped: (count) => this.#tellDropped(count),
      onLogged: this.#hooks.onLogged,
      onFailed: (error) => this.#application.report(error),
      onObserved: (records) => publishObserved(this.#handler, records),
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

  /** Closes when the signal aborts. */
  #follow(signal) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.close()
  }

  #onAbort = () => this.close()

  /** Observes requests while diagnostics channels have subscribers. */
  #observe = () => this.#bound.observe(isObserved())
}

closeByDispose(PythonServer)

module.exports = { PythonServer }
