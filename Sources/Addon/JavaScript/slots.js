// The places of a thread's exchanges, and what of them keeps Node alive.
'use strict'

const native = require('native')
const { ENDED } = require('./states')

/** Exchanges by slot; slots are used again once the application has returned. */
const exchanges = []
const free = []
/** What keeps Node alive: exchanges that are not given up, and control calls. */
let held = 0
let isHeld = false

const slots = Object.freeze({
  exchanges,

  /** Gives an exchange a place. */
  take(exchange) {
    const slot = free.length > 0 ? free.pop() : exchanges.length
    exchanges[slot] = exchange
    exchange.slot = slot
    return slot
  },

  /** The application has returned: the place may be used again. */
  give(slot) {
    exchanges[slot].slot = -1
    exchanges[slot] = null
    free.push(slot)
  },

  /** How many slots are in use, for the tests: live exchanges of this environment. */
  get live() {
    let count = 0
    for (const exchange of exchanges) if (exchange !== null) count++
    return count
  },

  /** Lets Node end whatever an application's exchanges still do. */
  forget(application) {
    for (const exchange of exchanges) {
      if (exchange === null || exchange.application !== application || exchange.isGivenUp) continue
      exchange.isGivenUp = true
      slots.letGo()
    }
    slots.tell()
  },

  /** Gives all of an application's exchanges up; each rejects with ERR_ASGI_CLOSED. */
  abandon(application) {
    for (const exchange of exchanges) {
      if (exchange === null || exchange.application !== application || exchange.state === ENDED) continue
      try {
        exchange.shutDown()
      } catch (error) {
        exchange.broken(error)
      }
    }
  },

  /** One more reason for Node to stay; it is told with the next `tell`, which has to come in this turn or the next. */
  hold() {
    held++
  },

  /** One less; Node is told with the next `tell`. */
  letGo() {
    held--
  },

  /**
   * Tells Node whether there is a reason to stay, where that has changed. (A request that is answered while it is handed
   * over, `thread: 'node'`, needs neither of two calls: 900 of 39,000 instructions.)
   */
  tell() {
    if (isHeld === (held > 0)) return
    isHeld = !isHeld
    native.hold(isHeld)
  },
})

module.exports = slots
