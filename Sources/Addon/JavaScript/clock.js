// Timers and clocks.
'use strict'

// Kept at load, because tests replace the globals with fake timers.
const { nextTick } = process
const { setImmediate, setTimeout, clearTimeout, performance } = globalThis

module.exports = Object.freeze({ nextTick, setImmediate, setTimeout, clearTimeout, performance })
