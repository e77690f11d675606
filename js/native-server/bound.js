'use strict'

const fs = require('node:fs')
const { core } = require('../binding')
const { EVERY } = require('./listen-arguments')
const { addressOf, atFirstOf, permit } = require('./places')
const { listenError } = require('./system-errors')
const { itemsOf } = require('../http/addresses')

/** How the addon is told to close connections. */
const SOON = 0
const IDLE = 1
const ALL = 2
const LATER = 3
const OVER = 4

/** ms that clients have at the end to read that their request was refused. */
const LINGER = 500

/** More headers than any request has. */
const MOST_HEADERS = 0x7fffffff

/**
 * What of a server is in the addon: it is there from when the server listens until its last connection is closed.
 *
 * The core calls `handedOver`, `dropped`, `logged`, `failed`, `observed`, `reached` and `closed`, see servers.js there.
 */
class Bound {
  #id
  #place
  #owner
  #counts = null
  #metrics = ''
  #waiting = []
  /** Where it listens, as `net.Server` says it; `null` for a Unix socket without a path. */
  address

  /**
   * Begins to listen.
   *
   * @param {object} owner gets what happens.
   * @param {(descriptor: number, octets: Buffer) => void} owner.onHandedOver a connection is Node's from now on.
   * @param {(count: number) => void} owner.onDropped so many connections were refused.
   * @param {((records: Buffer) => void) | null} owner.onAccess the access log shall have this; null where there is none.
   * @param {(error: Error) => void} owner.onFailed a request has failed, and nobody else is told.
   * @param {(records: Buffer) => void} owner.onObserved gets requests that were observed: see `tellObserved`.
   * @param {(count: number) => void} owner.onReached so many responses are over: as many as `mostRequests` says, or more.
   * @param {(counts: object) => void} owner.onClosed nothing is left of it.
   * @param {import('./listen-arguments').Place} place its host is an address; empty for every address of the machine.
   * @param {object} settings of `readOptions`, and what else the addon asks for: see `PythonServer`.
   * @throws {Error} the system's, as Node has it.
   */
  constructor(owner, place, settings) {
    this.#owner = owner
    const isAnywhere = place.host === '' && place.path === '' && place.fd === -1
    atFirstOf(isAnywhere ? EVERY : [place.host], (host) => this.#listen({ ...place, host }, settings))
    this.#openPath()
  }

  #listen(place, settings) {
    const { host, port, path, fd, backlog, reusePort } = place
    const { paths, headers, maxHeadersCount, forwardedAllowIps, ...limits } = settings
    const { id, code, errno, syscall, ...bound } = core.servers.listen(this, {
      ...limits,
      host,
      port,
      path,
      fd,
      backlog,
      reusePort,
      maxHeadersCount: maxHeadersCount || MOST_HEADERS,
      accessLog: this.#owner.onAccess !== null,
      paths: paths.includes('/') ? [] : paths,
      headers: headers.flat(),
      forwardedAllowIps: itemsOf(forwardedAllowIps),
      // Handshakes of WebSockets are Node's, and what nobody wants is answered there.
      hasListener: true,
    })
    if (id === undefined) throw listenError({ code, errno, syscall }, place)
    this.#id = id
    this.#place = place
    this.address = addressOf(bound)
  }

  /** Whether nothing is left of it. */
  get isClosed() {
    return this.#counts !== null
  }

  /** Says from now on that it is about to end: to clients with each response, and by the health path. */
  announceEnd() {
    this.#close(LATER)
  }

  /** Accepts no more connections, closes idle ones, and each other one after its response. */
  closeSoon() {
    // As Node does: the path is free when close() returns.
    if (this.#place.path !== '') fs.rmSync(this.#place.path, { force: true })
    this.#close(SOON)
  }

  /**
   * Accepts no more connections, and closes each other one after its next response.
   *
   * @param {number} idle ms without a request after which a connection is closed.
   */
  drain(idle) {
    if (this.#counts === null) core.servers.drain(this.#id, idle)
  }

  /** Closes connections without a request. */
  closeIdle() {
    this.#close(IDLE)
  }

  /** Closes all connections. */
  closeAll() {
    this.#close(ALL)
  }

  /** Whether it keeps the process alive. */
  refer(isReferenced) {
    if (this.#counts === null) core.servers.refer(this.#id, isReferenced)
  }

  /** Counts of its connections and requests; the last ones once it is closed. */
  stats() {
    return this.#counts ?? core.servers.stats(this.#id)
  }

  /** What it has measured, as text of JSON: see RequestMetrics.swift. Empty where it does not. */
  metrics() {
    return this.#counts === null ? core.servers.metrics(this.#id) : this.#metrics
  }

  /** Whether requests that begin from now on are observed. */
  observe(isObserved) {
    if (this.#counts === null) core.servers.observe(this.#id, isObserved)
  }

  /** Counts a response of somebody else's among its own, for `onReached`. */
  answered() {
    if (this.#counts === null) core.servers.answered(this.#id)
  }

  /**
   * Waits until it is closed. When the time is over, requests without a response get a 503, and what has begun is cut off.
   *
   * @param {number} timeout ms.
   */
  async end(timeout) {
    if (this.#counts !== null) return
    const closed = new Promise((resolve) => this.#waiting.push(resolve))
    this.refer(true)
    let timer = setTimeout(() => {
      this.#close(OVER)
      timer = setTimeout(() => this.closeAll(), LINGER)
    }, timeout)
    await closed
    clearTimeout(timer)
  }

  handedOver(descriptor, octets) {
    this.#owner.onHandedOver(descriptor, octets)
  }

  dropped(count) {
    this.#owner.onDropped(count)
  }

  logged(records) {
    this.#owner.onAccess(records)
  }

  failed(error) {
    this.#owner.onFailed(error)
  }

  observed(records) {
    this.#owner.onObserved(records)
  }

  reached(count) {
    this.#owner.onReached(count)
  }

  closed(counts) {
    this.#metrics = core.servers.metrics(this.#id)
    this.#counts = { ...counts }
    for (const resolve of this.#waiting) resolve()
    this.#owner.onClosed(this.#counts)
  }

  #close(mode) {
    if (this.#counts === null) core.servers.close(this.#id, mode)
  }

  /** Lets every user read from a Unix socket or write to it, as far as they shall. */
  #openPath() {
    const { path, readableAll, writableAll } = this.#place
    const added = (readableAll ? 0o444 : 0) | (writableAll ? 0o222 : 0)
    if (path === '' || added === 0) return
    try {
      permit(path, added)
    } catch (error) {
      this.closeSoon()
      throw error
    }
  }
}

module.exports = { Bound }
