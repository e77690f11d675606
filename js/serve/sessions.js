'use strict'

const { constants } = require('node:http2')

/** ms that a session has to close. */
const LINGER = 500

/** The shortest and the longest time, in ms, between two checks of the sessions. */
const CHECK_INTERVALS = [5, 1000]

/** How many checks there are within the shortest limit. A session ends late by at most this fraction of it. */
const CHECKS_WITHIN = 4

/** The bytes of a PING frame. */
const PONG = 17

/** The least bytes that a client must read within the time of a stall; a slower one is not limited by its network. */
const SLOWEST = 16 << 10

/**
 * Time limits for clients in ms.
 *
 * @typedef {object} Limits
 * @property {number} keepAlive without a request and without any data from the client.
 * @property {number} first the same before the first request, if that is longer.
 * @property {number} headers without a request.
 * @property {number} silence during a request: without data until a ping, and then until its answer.
 * @property {number} stall without the client reading any of its responses.
 */

/**
 * Enforces time limits for the HTTP/2 sessions of a server, which Node does not have. Some versions of Node also stop
 * reading from a session after a protocol error, and then never notice that the client disconnects.
 */
class Sessions {
  #limits
  #watched = new Map()
  #timer = null

  /**
   * @param {import('node:http2').Http2SecureServer} server
   * @param {Limits} limits
   */
  constructor(server, limits) {
    this.#limits = limits
    // A session hides methods of its socket, so it is remembered from the event before, in the same turn.
    let socket = null
    server.prependListener('secureConnection', (each) => (socket = each))
    server.on('session', (session) => this.#add(session, socket))
  }

  /** Accepts no more requests. Sessions without a request end. */
  close() {
    for (const session of this.#watched.keys()) session.close()
  }

  /** Ends the sessions at once. */
  destroy() {
    for (const session of this.#watched.keys()) session.destroy()
  }

  #add(session, socket) {
    this.#watched.set(session, new WatchedSession(session, socket, this.#limits))
    session.once('close', () => this.#remove(session))
    if (this.#timer !== null) return
    const [shortest, longest] = CHECK_INTERVALS
    const least = Math.min(...Object.values(this.#limits)) / CHECKS_WITHIN
    this.#timer = setInterval(() => this.#checkAll(), Math.min(longest, Math.max(shortest, least)))
    this.#timer.unref()
  }

  #remove(session) {
    this.#watched.delete(session)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #checkAll() {
    const now = performance.now()
    for (const watched of this.#watched.values()) watched.check(now)
  }
}

/** One session and the requests on it. */
class WatchedSession {
  #session
  #socket
  #limits
  #streams = new Set()
  // The current time limit without a request.
  #keepAlive
  // Since when it has no request.
  #idleSince = performance.now()
  // The progress of its socket, and the time of the last change.
  #moved = -1
  #movedAt = performance.now()
  #isAsked = false
  #pings = 0
  // The bytes of responses that were sent, and the last time without a stall.
  #sent = 0
  #sentAt = performance.now()
  // When the socket will be closed by force; 0 while the session is open.
  #endsAt = 0

  constructor(session, socket, limits) {
    this.#session = session
    this.#socket = socket
    this.#limits = limits
    this.#keepAlive = Math.max(limits.keepAlive, limits.first)
    session.on('stream', (stream) => this.#opened(stream))
    session.on('ping', () => this.#pings++)
  }

  /** @param {number} now of performance.now(). */
  check(now) {
    if (this.#endsAt !== 0) {
      if (now >= this.#endsAt) this.#destroy()
      return
    }
    this.#checkProgress(now)
    if (this.#streams.size === 0) {
      this.#checkForRequest(now)
    } else {
      this.#checkStall(now)
      this.#checkLife(now)
    }
  }

  #opened(stream) {
    this.#streams.add(stream)
    this.#keepAlive = this.#limits.keepAlive
    stream.once('close', () => {
      this.#streams.delete(stream)
      if (this.#streams.size === 0) this.#idleSince = performance.now()
    })
  }

  /** Checks whether the client has sent or read any data. */
  #checkProgress(now) {
    const waiting = this.#socket._parent?._handle?.writeQueueSize ?? 0
    const moved = this.#socket.bytesRead - waiting
    if (moved === this.#moved) {
      // No effect if the socket is being read. After a protocol error it lets Node notice that the client disconnects.
      this.#socket._handle?.readStart?.()
      return
    }
    this.#moved = moved
    this.#movedAt = now
    this.#isAsked = false
  }

  #checkForRequest(now) {
    const since = this.#idleSince
    const isQuiet = now - Math.max(since, this.#movedAt) >= this.#keepAlive
    if (!isQuiet && now - since < this.#limits.headers) return
    this.#endsAt = now + LINGER
    this.#session.close()
  }

  /** Checks for a client that is active but does not read its responses. */
  #checkStall(now) {
    const sent = this.#socket.bytesWritten - PONG * this.#pings
    const waiting = Array.from(this.#streams).filter((stream) => stream.writableLength > 0)
    if (waiting.length === 0 || sent - this.#sent >= SLOWEST) {
      this.#sent = sent
      this.#sentAt = now
    } else if (now - this.#sentAt >= this.#limits.stall) {
      for (const stream of waiting) {
        stream.close(constants.NGHTTP2_CANCEL)
        stream.destroy()
      }
    }
  }

  #checkLife(now) {
    const quiet = now - this.#movedAt
    if (quiet >= 2 * this.#limits.silence) {
      this.#destroy()
    } else if (quiet >= this.#limits.silence && !this.#isAsked && !this.#session.destroyed) {
      this.#isAsked = true
      // Any data counts as the answer.
      this.#session.ping(ignore)
    }
  }

  #destroy() {
    this.#session.destroy()
    this.#socket.destroy()
  }
}

function ignore() {}

module.exports = { Sessions }
