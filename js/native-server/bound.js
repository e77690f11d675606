'use strict'

const fs = require('node:fs')
const { core } = require('../binding')
const { EVERY } = require('./listen-arguments')
const { addressOf, atFirstOf, permit } = require('./places')
const { listenError } = require('./system-errors')
const { itemsOf } = require('../http/addresses')

/** Modes of `servers.close` in the core. */
const SOON = 0
const IDLE = 1
const ALL = 2
const LATER = 3
const OVER = 4

/** ms that clients have to read a refusal before their connection is closed. */
const LINGER = 500

/** No limit. */
const MOST_HEADERS = 0x7fffffff

/**
 * A listening server in the addon, from `listen` until its last connection is closed.
 *
 * The core calls `handedOver`, `dropped`, `logged`, `failed`, `observed`, `reached`, `needsErrorPage` and `closed`: see its
 * servers.js.
 */
class Bound {
  #id
  #place
  #owner
  #counts = null
  #metrics = ''
  // The last lines of its access log, once it is closed.
  #lines = null
  #waiting = []
  /** The address in the form of `net.Server`; `null` for a Unix socket without a path. */
  address

  /**
   * Begins to listen.
   *
   * @param {object} owner callbacks for events.
   * @param {(descriptor: number, octets: Buffer) => void} owner.onHandedOver a connection is Node's from now on.
   * @param {(count: number) => void} owner.onDropped connections were refused.
   * @param {() => void} owner.onLogged `takeLines` has lines.
   * @param {(error: Error) => void} owner.onFailed a request has failed.
   * @param {(records: Buffer) => void} owner.onObserved requests for diagnostics: see `publishObserved`.
   * @param {(count: number) => void} owner.onReached the number of responses has reached `maxRequests`.
   * @param {(counts: object) => void} owner.onClosed the server is closed.
   * @param {import('./listen-arguments').Place} place its host is an address; empty for all addresses.
   * @param {object} settings see the constructor of `PythonServer`.
   * @throws {Error} the system's error in Node's form.
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
      paths: paths.includes('/') ? [] : paths,
      headers: headers.flat(),
      forwardedAllowIps: itemsOf(forwardedAllowIps),
      // WebSockets, and paths that are not found, are always left to Node.
      hasListener: true,
    })
    if (id === undefined) throw listenError({ code, errno, syscall }, place)
    this.#id = id
    this.#place = place
    this.address = addressOf(bound)
  }

  /** Whether the server is closed. */
  get isClosed() {
    return this.#counts !== null
  }

  /** Announces the end: with `connection: close` in responses, and a 503 on the health path. */
  announceEnd() {
    this.#close(LATER)
  }

  /** Accepts no more connections, closes idle ones, and closes the others after their response. */
  closeSoon() {
    // Like Node: the path is free when close() returns.
    if (this.#place.path !== '') fs.rmSync(this.#place.path, { force: true })
    this.#close(SOON)
  }

  /**
   * Accepts no more connections, and closes each one after its next response.
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

  /** Sets whether it keeps the process alive. */
  refer(isReferenced) {
    if (this.#counts === null) core.servers.refer(this.#id, isReferenced)
  }

  /** Counters of connections and requests; the final ones if it is closed. */
  stats() {
    return this.#counts ?? core.servers.stats(this.#id)
  }

  /** Its measurements as JSON, see RequestMetrics.swift; empty if it does not measure. */
  metrics() {
    return this.#counts === null ? core.servers.metrics(this.#id) : this.#metrics
  }

  /** Takes lines of the access log; `null` without lines. */
  takeLines() {
    if (this.#counts === null) return core.servers.takeLines(this.#id)
    const lines = this.#lines
    this.#lines = null
    return lines
  }

  /** Sets whether new requests are reported with `onObserved`. */
  observe(isObserved) {
    if (this.#counts === null) core.servers.observe(this.#id, isObserved)
  }

  /** Adds a response of Node's server to the count for `onReached`. */
  answered() {
    if (this.#counts === null) core.servers.answered(this.#id)
  }

  /**
   * Waits until it is closed. After the timeout, requests without a response get a 503, and started responses are cut off.
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

  logged() {
    this.#owner.onLogged()
  }

  failed(error) {
    this.#owner.onFailed(error)
  }

  observed(records) {
    this.#owner.onObserved(records)
  }

  needsErrorPage(octets) {
    const { failedRequest, pageOf } = require('./error-page')
    const { error, request } = failedRequest(octets)
    this.#owner.onFailed(error)
    return pageOf(error, request)
  }

  reached(count) {
    this.#owner.onReached(count)
  }

  closed(counts) {
    this.#metrics = core.servers.metrics(this.#id)
    this.#lines = core.servers.takeLines(this.#id)
    this.#counts = { ...counts }
    for (const resolve of this.#waiting) resolve()
    this.#owner.onClosed(this.#counts)
  }

  #close(mode) {
    if (this.#counts === null) core.servers.close(this.#id, mode)
  }

  /** Sets the permissions of a Unix socket. */
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
