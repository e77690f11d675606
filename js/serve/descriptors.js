'use strict'

const fs = require('node:fs')

/** ms between two looks, beside those for connections. */
const LOOK_MS = 1000

/** ms between two warnings. */
const QUIET_MS = 10_000

/**
 * Warns when no file descriptor is left. libuv then closes connections as they come and tells nobody; so it is tried whether
 * a file can be opened.
 */
class Descriptors {
  #log
  #warnedAt = -Infinity
  // The highest number that a connection had, and the lowest that is a reason to look.
  #highest = 0
  #from = 0
  #interval

  /**
   * Watches for as long as a server is open.
   *
   * @param {import('node:net').Server} server
   * @param {import('./log').Log} log
   */
  constructor(server, log) {
    this.#log = log
    this.#interval = setInterval(() => this.#look(), LOOK_MS).unref()
    server.on('connection', (socket) => this.#connected(socket))
    server.on('error', (error) => this.#failed(error))
    server.once('close', () => this.close())
  }

  /** Ends the watch. */
  close() {
    clearInterval(this.#interval)
  }

  /**
   * Looks at once: connections that came together are accepted one after the other, and may have ended a moment later. The
   * system gives the lowest number that is free, so that only a connection with a number higher than all before can be the
   * last; once there was a shortage, that number will do.
   */
  #connected(socket) {
    const number = socket._handle?.fd ?? this.#from
    if (number < this.#from) return
    this.#highest = number
    this.#from = number + 1
    this.#look()
  }

  #look() {
    try {
      fs.closeSync(fs.openSync('/dev/null'))
    } catch (error) {
      // Where the permission model keeps files from us, nothing can be told.
      if (!isShortage(error)) return
      this.#from = this.#highest
      this.#warn(error)
    }
  }

  /** A connection could not be accepted: none of those that are there must end for it. */
  #failed(error) {
    // Nothing can listen: that is told to who asked for it.
    if (error.syscall !== 'accept') return
    if (isShortage(error)) this.#warn(error)
    else this.#log.error(`A connection was not accepted: ${error.message}`)
  }

  #warn({ code }) {
    const now = performance.now()
    if (now - this.#warnedAt < QUIET_MS) return
    this.#warnedAt = now
    const whose = code === 'EMFILE' ? 'process' : 'system'
    const remedy = code === 'EMFILE' ? 'ulimit -n, or LimitNOFILE of systemd, allows more' : 'fs.file-max is its limit'
    this.#log.warning(
      `The ${whose} has no file descriptor left (${code}): connections are closed unanswered; ${remedy}`,
    )
  }
}

function isShortage({ code }) {
  return code === 'EMFILE' || code === 'ENFILE'
}

module.exports = { Descriptors }
