// The places of a thread's exchanges, and what of them keeps Node alive.
'use strict'

const native = require('native')
const { ENDED } = require('./states')

class Slots {
  /** Exchanges by slot; slots are used again once the application has returned. */
  exchanges = []
  #free = []
  // What keeps Node alive: exchanges that are not given up, control calls, servers.
  #held = 0
  #isHeld = false

  /** Gives an exchange a place. */
  take(exchange) {
    const slot = this.#free.length > 0 ? this.#free.pop() : this.exchanges.length
    this.exchanges[slot] = exchange
    exchange.slot = slot
    return slot
  }

  /** The application has returned: the place may be used again. */
  give(slot) {
    this.exchanges[slot].slot = -1
    this.exchanges[slot] = null
    this.#free.push(slot)
  }

  /** How many slots are in use, for the tests: live exchanges of this environment. */
  get live() {
    let count = 0
    for (const exchange of this.exchanges) if (exchange !== null) count++
    return count
  }

  /** Lets Node end whatever an application's exchanges still do. */
  forget(application) {
    for (const exchange of this.exchanges) {
      if (exchange === null || exchange.application !== application || exchange.isGivenUp) continue
      exchange.isGivenUp = true
      this.letGo()
    }
    this.tell()
  }

  /** Gives all of an application's exchanges up; each rejects with ERR_ASGI_CLOSED. */
  abandon(application) {
    for (const exchange of this.exchanges) {
      if (exchange === null || exchange.application !== application || exchange.state === ENDED) continue
      try {
        exchange.shutDown()
      } catch (error) {
        exchange.broken(error)
      }
    }
  }

  /** One more reason for Node to stay; it is told with the next `tell`, which has to come in this turn or the next. */
  hold() {
    this.#held++
  }

  /** One less; Node is told with the next `tell`. */
  letGo() {
    this.#held--
  }

  /**
   * Tells Node whether there is a reason to stay, where that has changed: a request that is answered while it is handed
   * over, with `thread: 'node'`, needs no call.
   */
  tell() {
    if (this.#isHeld === (this.#held > 0)) return
    this.#isHeld = !this.#isHeld
    native.hold(this.#isHeld)
  }
}

module.exports = new Slots()
