'use strict'

/** How often a timer looks, for each interval: a socket is pinged, or given up, at most this part of it late. */
const LOOKS = 4

/** A silent socket is noticed, with the shortest interval too, without a timer that does nothing else than run. */
const SHORTEST = 5

/**
 * Pings the sockets of a handler and gives up those that do not answer: one timer for all of them, and none while there
 * is no socket.
 */
class Heartbeat {
  #interval
  #timeout
  #sockets = new Set()
  #timer = null

  /**
   * @param {number} interval milliseconds between a sign of life and the next ping; 0: no pings.
   * @param {number} timeout milliseconds that an answer may take; 0: no limit.
   */
  constructor(interval, timeout) {
    this.#interval = interval
    this.#timeout = timeout
  }

  /**
   * Watches a socket from now on.
   *
   * @param {object} socket `ping()` sends a ping and `lose()` gives the socket up. `heardAt` is set to the time by this
   *   method and by `heard`, `pingedAt` to the time of a ping without an answer, `isPaused` says that nobody reads it,
   *   for the app's sake.
   */
  add(socket) {
    if (this.#interval === 0) return
    this.heard(socket)
    this.#sockets.add(socket)
    if (this.#timer === null) {
      const shortest = this.#timeout === 0 ? this.#interval : Math.min(this.#interval, this.#timeout)
      this.#timer = setInterval(() => this.#look(), Math.max(SHORTEST, shortest / LOOKS))
      this.#timer.unref()
    }
  }

  /** Does not watch it any more. */
  remove(socket) {
    if (!this.#sockets.delete(socket) || this.#sockets.size > 0) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** It has answered, or is read again. */
  heard(socket) {
    socket.heardAt = performance.now()
    socket.pingedAt = 0
  }

  #look() {
    const now = performance.now()
    for (const socket of this.#sockets) {
      // Its answers wait unread while the app does not keep up.
      if (socket.isPaused) continue
      if (socket.pingedAt !== 0) {
        if (this.#timeout !== 0 && now - socket.pingedAt >= this.#timeout) socket.lose()
      } else if (now - socket.heardAt >= this.#interval) {
        socket.pingedAt = now
        socket.ping()
      }
    }
  }
}

module.exports = { Heartbeat }
