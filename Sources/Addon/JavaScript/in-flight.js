// The requests in flight of an application: their limit, and the wait for their end.
'use strict'

const native = require('native')
const { clearTimeout, setTimeout } = require('./clock')
const { create } = require('./errors')

/** Counts the requests in flight of one application in this thread. The addon also counts those of its native servers. */
class InFlight {
  /** How many there are. */
  count = 0
  #application
  #limit
  // Whether the addon counts, because the threads of servers do, too.
  #isShared = false
  #emptied

  /**
   * @param {number} application its number in the addon
   * @param {number} limit the option `maxConcurrency`; 0 for none
   */
  constructor(application, limit) {
    this.#application = application
    this.#limit = limit
  }

  /** Counts a request. @throws {AsgiError} `ERR_ASGI_TOO_MANY_REQUESTS` */
  enter() {
    const limit = this.#limit
    if (limit !== 0 && !(this.#isShared ? native.enter(this.#application, limit) : this.count < limit)) {
      const text = `Too many requests in flight: the option maxConcurrency is ${limit}`
      throw create('ERR_ASGI_TOO_MANY_REQUESTS', text)
    }
    this.count++
  }

  /** A request has ended. */
  leave() {
    this.count--
    if (this.#isShared) native.leave(this.#application)
    if (this.#emptied !== undefined && this.count === 0) this.#emptied()
  }

  /** Called when the application has a server: from now on the addon counts these requests together with the server's. */
  share() {
    if (this.#limit === 0 || this.#isShared) return
    this.#isShared = true
    native.occupy(this.#application, this.count)
  }

  /** Resolves when the last one ends, or after `timeout` ms. */
  async drained(timeout) {
    let timer
    await new Promise((resolve) => {
      this.#emptied = resolve
      timer = setTimeout(resolve, timeout)
      timer.unref()
    })
    clearTimeout(timer)
  }
}

module.exports = { InFlight }
