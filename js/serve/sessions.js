'use strict'

const { constants } = require('node:http2')

/** ms that a session may take to end, once it is told to. */
const LINGER = 500

/** The shortest and the longest time, in ms, between two looks at the sessions. */
const LOOKS = [5, 1000]

/** How often there is a look within the shortest limit: a session ends at most this part of it late. */
const LOOKS_WITHIN = 4

/** Bytes of an answer to a client's ping. */
const PONG = 17

/** Bytes that a client takes in the time of a stall, at least; slower ones are not waiting for a network. */
const SLOWEST = 16 << 10

/**
 * How long, in ms, clients may take.
 *
 * @typedef {object} Limits
 * @property {number} keepAlive of a session whose requests are over: until its client says something.
 * @property {number} first the same before the first request, where that is longer.
 * @property {number} headers of a session without a request: until one is there, whatever its client says meanwhile.
 * @property {number} silence of a session with a request: until its client is asked for a sign of life, and again until it
 *   gives one.
 * @property {number} stall of responses that wait for their client: until some of them is taken.
 */

/**
 * The HTTP/2 sessions of a server, none of which outlives its client. Node itself has no such limits for them, and some
 * versions stop reading from a session that has broken the protocol: that its client leaves is never noticed then.
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
    // A session hides the methods of its socket. Both events come in one turn, this one first.
    let socket = null
    server.prependListener('secureConnection', (each) => (socket = each))
    server.on('session', (session) => this.#add(session, socket))
  }

  /** Lets the sessions take no more requests; those without one end. */
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
    const [shortest, longest] = LOOKS
    const least = Math.min(...Object.values(this.#limits)) / LOOKS_WITHIN
    this.#timer = setInterval(() => this.#look(), Math.min(longest, Math.max(shortest, least)))
    this.#timer.unref()
  }

  #remove(session) {
    this.#watched.delete(session)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #look() {
    const now = performance.now()
    for (const watched of this.#watched.values()) watched.look(now)
  }
}

/** One session and the requests on it. */
class WatchedSession {
  #session
  #socket
  #limits
  #streams = new Set()
  // How long it may be quiet without a request.
  #keepAlive
  // When it last began to have no request.
  #idleSince = performance.now()
  // What has moved on its socket, and when it was last seen to be another.
  #moved = -1
  #movedAt = performance.now()
  #isAsked = false
  #pings = 0
  // The bytes of responses that were sent, and when it last was no stall.
  #sent = 0
  #sentAt = performance.now()
  // When the socket is closed whatever its client does; 0 while the session is not ended.
  #endsAt = 0

  constructor(session, socket, limits) {
    this.#session = session
    this.#socket = socket
    this.#limits = limits
    this.#keepAlive = Math.max(limits.keepAlive, limits.first)
    session.on('stream', (stream) => this.#opened(stream))
    session.on('ping', () => this.#pings++)
  }

  /** @param {number} now as of performance.now(). */
  look(now) {
    if (this.#endsAt !== 0) {
      if (now >= this.#endsAt) this.#destroy()
      return
    }
    this.#listen(now)
    if (this.#streams.size === 0) {
      this.#lookForRequest(now)
    } else {
      this.#lookForStall(now)
      this.#lookForLife(now)
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

  /** Looks whether the client has sent something, or taken something of what waits for it. */
  #listen(now) {
    const waiting = this.#socket._parent?._handle?.writeQueueSize ?? 0
    const moved = this.#socket.bytesRead - waiting
    if (moved === this.#moved) {
      // Starts nothing where it is read. Of a session that has broken the protocol it brings the client's leaving.
      this.#socket._handle?.readStart?.()
      return
    }
    this.#moved = moved
    this.#movedAt = now
    this.#isAsked = false
  }

  #lookForRequest(now) {
    const since = this.#idleSince
    const isQuiet = now - Math.max(since, this.#movedAt) >= this.#keepAlive
    if (!isQuiet && now - since < this.#limits.headers) return
    this.#endsAt = now + LINGER
    this.#session.close()
  }

  /** A client may take part in everything else and take nothing of its responses. */
  #lookForStall(now) {
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

  #lookForLife(now) {
    const quiet = now - this.#movedAt
    if (quiet >= 2 * this.#limits.silence) {
      this.#destroy()
    } else if (quiet >= this.#limits.silence && !this.#isAsked && !this.#session.destroyed) {
      this.#isAsked = true
      // Any octet is an answer.
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
