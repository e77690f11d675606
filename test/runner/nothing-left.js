'use strict'

// Preloaded into each test file, with `node --require`: once its tests are over and its handlers are closed, nothing of
// any request may be alive, on either side. What is alive all the same is said, and the file fails.

const { setTimeout: sleep } = require('node:timers/promises')
const { isMainThread } = require('node:worker_threads')
const { collectGarbage } = require('../soak/memory')

/** ms that everything may take to be gone. */
const LIMIT = Number(process.env.NOTHING_LEFT_LIMIT ?? 10000)
/** ms that are waited for an event loop that is busy, each time. */
const PATIENCE = 1000

// Not the processes and threads that a test starts: they end as they are told to.
if (isMainThread && process.argv[1]?.endsWith('.test.js')) process.on('beforeExit', check)

let isChecked = false

/** Looks until nothing is left; each look lets Node go on for a turn, and only then end. */
async function check() {
  if (isChecked) return
  isChecked = true
  const end = Date.now() + LIMIT
  for (;;) {
    const left = alive()
    if (Object.values(left).every((count) => count === 0)) return
    if (Date.now() > end) {
      console.error(`left behind by ${process.argv[1]}: ${JSON.stringify(left)}`)
      process.exitCode = 1
      return
    }
    await sleep(5)
    collectGarbage()
  }
}

/** What is alive of each addon that this process has loaded: nothing where it has loaded none. */
function alive() {
  const left = {}
  for (const [file, { exports }] of Object.entries(require.cache)) {
    if (!file.endsWith('.node') || typeof exports?.core?.live !== 'function') continue
    for (const [name, count] of Object.entries(exports.core.live(PATIENCE))) left[name] = (left[name] ?? 0) + count
  }
  return left
}
