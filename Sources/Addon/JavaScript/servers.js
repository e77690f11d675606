// Native HTTP servers, whose connections are served by threads of the addon.
'use strict'

const native = require('native')
const { owned } = require('./checks')
const { fromJSON } = require('./errors')
const slots = require('./slots')

class Servers {
  // Servers by the addon's number, each with whether it keeps Node alive.
  #entries = new Map()
  #isSubscribed = false

  /**
   * Begins to listen.
   * @param {object} server its methods are called for events: `handedOver(descriptor, octets)`, `dropped(count)`,
   *   `logged()`, `failed(error)`, `observed(octets)`, `reached(count)`, `needsErrorPage(octets)`, which returns the page as an
   *   array of texts, and last `closed(counts)`
   * @param {object} settings address and limits: see NodeEnvironment+Servers.swift
   * @returns {object} `{ id, address, port }`, or the system's error as `{ code, errno, syscall }`
   */
  listen(server, settings) {
    if (!this.#isSubscribed) native.serverEvents((...event) => this.#emit(...event))
    this.#isSubscribed = true
    const answer = owned(native.serverListen(settings))
    if (answer.id !== undefined) {
      this.#entries.set(answer.id, { server, isHeld: false })
      this.refer(answer.id, true)
    }
    return answer
  }

  /** @param {number} mode 0: accept no more and close gracefully; 1: close idle connections; 2: close all connections */
  close = native.serverClose

  /** Accepts no more. Each connection closes after its next response, or after `idle` ms without a request. */
  drain = native.serverDrain

  /**
   * Opens a socket for child processes, which inherit it and accept connections.
   * @param {object} place `{ host, port, path, fd, backlog, reusePort }` as for `listen`. With `backlog` 0 it does not listen;
   *   `fd` is duplicated.
   * @returns {object} `{ fd, address, port }`, or the system's error as `{ code, errno, syscall }`
   */
  open(place) {
    return owned(native.socketOpen(place))
  }

  /** Counters of an open server: see NodeEnvironment+Servers.swift. */
  stats = native.serverStats

  /** A server's measurements as JSON, see RequestMetrics.swift; empty if it does not measure. Valid until `closed` returns. */
  metrics = native.serverMetrics

  /**
   * Removes and returns the waiting lines of a server's access log. Valid until `closed` returns.
   * @returns {object | null} `{ lines: Buffer, leftOut: number }`; `null` without lines
   */
  takeLines(id) {
    const taken = native.serverLines(id)
    return taken === undefined ? null : owned(taken)
  }

  /** Sets whether a server reports each request with `observed`. */
  observe = native.serverObserve

  /** Adds a response of JavaScript to a server's count, for `reached`. */
  answered = native.serverAnswered

  /** Sets whether a server keeps Node alive. */
  refer(id, isReferenced) {
    const entry = this.#entries.get(id)
    if (entry.isHeld === isReferenced) return
    entry.isHeld = isReferenced
    if (isReferenced) slots.ref()
    else slots.unref()
    slots.applyRef()
  }

  /** The number of open servers, for tests. */
  get live() {
    return this.#entries.size
  }

  #emit(id, event, number, octets) {
    const entry = this.#entries.get(id)
    // A server that could not listen emits `closed`, too.
    if (entry === undefined) return
    const { server } = entry
    switch (event) {
      case 'handedOver':
        // The descriptor is fetched here, so that it does not leak if this worker thread is terminated before.
        return server.handedOver(native.serverTake(), octets)
      case 'closed':
        this.refer(id, false)
        this.#entries.delete(id)
        return server.closed(native.serverStats(id))
      case 'dropped':
        return server.dropped(number)
      case 'logged':
        return server.logged()
      case 'failed':
        return server.failed(fromJSON(octets.toString()))
      case 'observed':
        return server.observed(octets)
      case 'reached':
        return server.reached(number)
      case 'needsErrorPage':
        return server.needsErrorPage(octets)
    }
  }
}

module.exports = new Servers()
