// What turns and times are made of.
'use strict'

// Node's own, taken once: a test puts clocks in their place that stand still until they are told to go on.
const { nextTick } = process
const { setImmediate, setTimeout, clearTimeout, performance } = globalThis

module.exports = Object.freeze({ nextTick, setImmediate, setTimeout, clearTimeout, performance })
