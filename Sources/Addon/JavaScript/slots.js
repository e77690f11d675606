// The places of a thread's exchanges, and what of them keeps Node alive.
;(function (core, native) {
  'use strict'

  /** Exchanges by slot; slots are used again once the application has returned. */
  const exchanges = []
  const free = []
  /** What keeps Node alive: exchanges that are not given up, and control calls. */
  let held = 0
  let isHeld = false

  core.slots = Object.freeze({
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

    /** One more reason for Node to stay. */
    hold() {
      held++
      if (!isHeld) {
        isHeld = true
        native.hold(true)
      }
    },

    /** One less; Node is told with the next `release`. */
    letGo() {
      held--
    },

    /** Lets Node end when there is no reason left. */
    release() {
      if (isHeld && held === 0) {
        isHeld = false
        native.hold(false)
      }
    },
  })
})
//# sourceURL=python-node/core/slots.js
