// Servers whose connections are read and written by threads of the addon: what they are told, and what they tell.
'use strict'

const native = require('native')
const { owned } = require('./checks')
const { fromJSON } = require('./errors')
const slots = require('./slots')

/** What is told of a server, see ServerDesk.swift. */
const HANDED_OVER = 1
const CLOSED = 2
const DROPPED = 3
const LOGGED = 4
const FAILED = 5
const OBSERVED = 6
const REACHED = 7

/** By the addon's number: the server, and whether it keeps Node alive. */
const entries = new Map()
let isTold = false

const servers = Object.freeze({
  /**
   * Begins to listen.
   * @param {object} server gets what happens: `handedOver(descriptor, octets)`, `dropped(count)`, `logged(octets)`,
   *   `failed(error)`, `observed(octets)`, `reached(count)`, and last `closed(counts)`
   * @param {object} settings where it listens, and its limits: see Environment+Servers.swift
   * @returns {object} `{ id, address, port }`, or what the system says against it: `{ code, errno, syscall }`
   */
  listen(server, settings) {
    if (!isTold) native.serverEvents(tell)
    isTold = true
    const answer = owned(native.serverListen(settings))
    if (answer.id !== undefined) {
      entries.set(answer.id, { server, isHeld: false })
      servers.refer(answer.id, true)
    }
    return answer
  },

  /** @param {number} mode 0: accepts no more and ends in good order; 1: closes idle connections; 2: all connections */
  close: native.serverClose,

  /** Accepts no more; each connection ends with its next response, or when it was without a request for `idle` ms. */
  drain: native.serverDrain,

  /**
   * Opens a socket for other processes, which inherit it and accept its connections.
   * @param {object} place `{ host, port, path, fd, backlog, reusePort }` as of `listen`; `backlog` 0: it does not listen.
   *   Of `fd` a second descriptor is made.
   * @returns {object} `{ fd, address, port }`, or what the system says against it: `{ code, errno, syscall }`
   */
  open: (place) => owned(native.socketOpen(place)),

  /** Counts of a server that is not closed: see Environment+Servers.swift. */
  stats: native.serverStats,

  /** What a server has measured, as JSON of RequestMetrics.swift; empty where it does not. Until `closed` has returned. */
  metrics: native.serverMetrics,

  /** Whether a server tells of requests in full, with `observed`. */
  observe: native.serverObserve,

  /** Counts a response of JavaScript's among those of a server, for `reached`. */
  answered: native.serverAnswered,

  /** Whether a server keeps Node alive. */
  refer(id, isReferenced) {
    const entry = entries.get(id)
    if (entry.isHeld === isReferenced) return
    entry.isHeld = isReferenced
    if (isReferenced) slots.hold()
    else slots.letGo()
    slots.tell()
  },

  /** How many are not closed, for the tests. */
  get live() {
    return entries.size
  },
})

function tell(id, kind, number, octets) {
  const entry = entries.get(id)
  // One that could not listen is closed too.
  if (entry === undefined) return
  const { server } = entry
  switch (kind) {
    case HANDED_OVER:
      // A thread that is terminated before it has taken it leaves nothing open.
      return server.handedOver(native.serverTake(), octets)
    case CLOSED:
      servers.refer(id, false)
      entries.delete(id)
      return server.closed(native.serverStats(id))
    case DROPPED:
      return server.dropped(number)
    case LOGGED:
      return server.logged(octets)
    case FAILED:
      return server.failed(fromJSON(octets.toString()))
    case OBSERVED:
      return server.observed(octets)
    case REACHED:
      return server.reached(number)
  }
}

module.exports = servers
