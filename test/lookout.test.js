'use strict'

// Node's event loop polls for the next request for a moment if that pays, and sleeps otherwise.

const assert = require('node:assert/strict')
const os = require('node:os')
const { performance } = require('node:perf_hooks')
const { test } = require('node:test')
const { setTimeout: wait } = require('node:timers/promises')
const { openApp } = require('./support')

/** How often an idle loop of Node may turn around a timer. */
const FEW = 12
const STREAK = 50

/** @type {() => number | undefined} */
const turns = () => performance.nodeTiming.uvMetricsInfo?.loopCount

const options = {
  skip: turns() === undefined
    ? 'this Node does not count the turns of its loop'
    : os.availableParallelism() < 2 && 'Node does not poll with one processor',
}

/** Counts the turns of Node's loop after a request without a successor, and then after another one. */
async function turnsBehindOne(handler) {
  await handler.handleRequest({ url: '/' })
  const start = turns()
  await wait(5)
  const looked = turns()
  await wait(50)
  return { looking: looked - start, sleeping: turns() - looked }
}

test(
  'after requests in quick succession Node polls for the next one, and sleeps when none comes',
  options,
  async (t) => {
    const handler = openApp(t, 'hello')
    for (;;) {
      for (let count = 0; count < STREAK; count++) await handler.handleRequest({ url: '/' })
      const { looking, sleeping } = await turnsBehindOne(handler)
      assert.ok(sleeping <= FEW, `${sleeping} turns in 50 ms without a request`)
      // Another process may have used the processor; then polling did not pay.
      if (looking > FEW) return
    }
  },
)

test('after requests with gaps between them Node usually sleeps at once', options, async (t) => {
  const handler = openApp(t, 'hello')
  const rounds = []
  for (let count = 0; count < STREAK; count++) rounds.push((await turnsBehindOne(handler)).looking)
  const looked = rounds.filter((looking) => looking > FEW).length
  assert.ok(looked < STREAK / 2, `looked behind ${looked} of ${STREAK} requests`)
})
