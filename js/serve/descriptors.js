'use strict'

const fs = require('node:fs')

/** ms between two checks, in addition to those at new connections. */
const CHECK_MS = 1000

/** The minimum of ms between two warnings. */
const WARNING_INTERVAL_MS = 10_000

/**
 * Warns when no file descriptor is left: libuv then silently closes new connections. It checks whether a file can be
 * opened.
 */
class Descriptors {
  #log
  #warnedAt = -Infinity
  // The highest descriptor of any connection, and the lowest that triggers a check.
  #highest = 0
  #from = 0
  #interval

  /**
   * Watches until the server closes.
   *
   * @param {import('node:net').Server} server
   * @param {import('./log').Log} log
   */
  constructor(server, log) {
    this.#log = log
    this.#interval = setInterval(() => this.#check(), CHECK_MS).unref()
    server.on('connection', (socket) => this.#connected(socket))
    server.on('error', (error) => this.#failed(error))
    server.once('close', () => this.close())
  }

  /** Stops watching. */
  close() {
    clearInterval(this.#interval)
  }

  /**
   * Checks at a new connection, because a burst may be over at the next regular check. The system assigns the lowest
   * free descriptor, so only a higher one than before can be the last; after a shortage, that number or a higher one.
   */
  #connected(socket) {
    const number = socket._handle?.fd ?? this.#from
    if (number < this.#from) return
    this.#highest = number
    this.#from = number + 1
    this.#check()
  }

  #check() {
    try {
      fs.closeSync(fs.openSync('/dev/null'))
    } catch (error) {
      // Node's permission model may forbid reading the file.
      if (!isShortage(error)) return
      this.#from = this.#highest
      this.#warn(error)
    }
  }

  /** Handles an error of accept(), which must not affect open connections. */
  #failed(error) {
    // An error of listen() is reported by its caller.
    if (error.syscall !== 'accept') return
    if (isShortage(error)) this.#warn(error)
    else this.#log.error(`A connection was not accepted: ${error.message}`)
  }

  #warn({ code }) {
    const now = performance.now()
    if (now - this.#warnedAt < WARNING_INTERVAL_MS) return
    this.#warnedAt = now
    const whose = code === 'EMFILE' ? 'process' : 'system'
    const remedy = code === 'EMFILE' ? 'raise ulimit -n, or LimitNOFILE of systemd' : 'raise the sysctl fs.file-max'
    this.#log.warning(
      `The ${whose} has no file descriptor left (${code}): new connections are closed without a response; ${remedy}`,
    )
  }
}

function isShortage({ code }) {
  return code === 'EMFILE' || code === 'ENFILE'
}

module.exports = { Descriptors }
