// Timers and clocks.
'use strict'

// Kept at load, because tests replace the globals with fake timers.
const { nextTick } = process
const { setImmediate, setTimeout, clearTimeout, performance } = globalThis

/** The time of a turn of Node's event loop, read at most once in it. */
class TurnClock {
  #time = 0

  /** The monotonic time in ms. */
  now() {
    if (this.#time === 0) this.#time = performance.now()
    return this.#time
  }

  /** The next call of `now` reads the time again. */
  end() {
    this.#time = 0
  }
}

module.exports = Object.freeze({ nextTick, setImmediate, setTimeout, clearTimeout, performance, turn: new TurnClock() })
