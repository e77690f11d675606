'use strict'

const v8 = require('node:v8')
const vm = require('node:vm')

/** Collects the garbage, with or without --expose-gc. */
const collectGarbage = globalThis.gc ?? exposedCollection()

function exposedCollection() {
  v8.setFlagsFromString('--expose-gc')
  return vm.runInNewContext('gc')
}

/**
 * MiB of memory that this process has after a garbage collection. Of V8's heap only the used part counts, because V8
 * keeps spare memory of varying size.
 */
function memory() {
  collectGarbage()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return (rss - heapTotal + heapUsed) / 1048576
}

/**
 * MiB by which the memory has grown from the second to fourth tenth of a run to the last three: in the first one the
 * allocators are still finding their size, by 20 MiB from one run to the next.
 *
 * @param {number[]} tenths what `memory()` gave after each tenth.
 */
function growthOf(tenths) {
  return median(tenths.slice(7)) - median(tenths.slice(1, 4))
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

module.exports = { collectGarbage, growthOf, memory }
