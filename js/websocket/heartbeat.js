'use strict'

/** How many times per interval the timer checks. Pings and timeouts are late by at most this fraction of an interval. */
const CHECKS = 4

/** The shortest delay of the timer in ms. */
const MIN_DELAY = 5

/**
 * Pings the sockets of a handler and closes those that do not answer, with one timer for all, which runs only while there
 * are sockets.
 */
class Heartbeat {
  #interval
  #timeout
  #sockets = new Set()
  #timer = null

  /**
   * @param {number} interval milliseconds between the last pong and the next ping; 0 for no pings.
   * @param {number} timeout milliseconds to wait for a pong; 0 for no limit.
   */
  constructor(interval, timeout) {
    this.#interval = interval
    this.#timeout = timeout
  }

  /**
   * Starts watching a socket.
   *
   * @param {object} socket `ping()` sends a ping, `terminate()` closes the connection. The heartbeat sets `lastPongAt`, and
   *   `pingedAt` to the time of an unanswered ping, else 0. `isPaused`: it is not read because the app is slow.
   */
  add(socket) {
    if (this.#interval === 0) return
    this.resetTimeout(socket)
    this.#sockets.add(socket)
    if (this.#timer === null) {
      const shortest = this.#timeout === 0 ? this.#interval : Math.min(this.#interval, this.#timeout)
      this.#timer = setInterval(() => this.#check(), Math.max(MIN_DELAY, shortest / CHECKS))
      this.#timer.unref()
    }
  }

  /** Stops watching a socket. */
  remove(socket) {
    if (!this.#sockets.delete(socket) || this.#sockets.size > 0) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** Resets the timeout of a socket that answered or is read again. */
  resetTimeout(socket) {
    socket.lastPongAt = performance.now()
    socket.pingedAt = 0
  }

  #check() {
    const now = performance.now()
    for (const socket of this.#sockets) {
      // Its pongs are unread while the app is slow.
      if (socket.isPaused) continue
      if (socket.pingedAt !== 0) {
        if (this.#timeout !== 0 && now - socket.pingedAt >= this.#timeout) socket.terminate()
      } else if (now - socket.lastPongAt >= this.#interval) {
        socket.pingedAt = now
        socket.ping()
      }
    }
  }
}

module.exports = { Heartbeat }
