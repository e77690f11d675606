'use strict'

const path = require('node:path')
const { parseArgs } = require('node:util')
const { PythonHandler, Request } = require('../..')
const { core } = require('../../js/binding')

// `npm run soak`: a million requests, a tenth of them given up at random stages. Afterwards nothing may be alive on
// either side, and the memory after the first tenth must be that at the end.

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    concurrency: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
    growth: { type: 'string', default: '16' },
  },
})
const total = Number(options.requests)
const concurrency = Number(options.concurrency)
/** MiB that the memory may grow by from the second to fourth tenth to the last three: the allocators' noise. */
const allowedGrowth = Number(options.growth)

/** A generator of numbers that a run can be repeated with (mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const random = randomNumbers(Number(options.seed))
const handler = new PythonHandler('soak:app', { docroot: path.join(__dirname, '..', '..', 'Fixtures', 'apps') })
const reasons = { answered: 0, failed: 0, 'gave up': 0 }

async function answered(target, init) {
  const response = await handler.handleRequest(init ? new Request({ url: target, ...init }) : { url: target })
  if (response.status !== 200) throw new Error(`${target}: status ${response.status}`)
  reasons.answered++
}

/** What most requests do. */
const ordinary = [
  () => answered('/hello'),
  () => answered('/sleep'),
  () => answered('/stream'),
  () => answered('/echo', { method: 'POST', body: 'some text' }),
  async () => {
    const response = await handler.handleStream({ url: '/watched' })
    while ((await response.next()) !== null);
    reasons.answered++
  },
  async () => {
    await expect(handler.handleRequest({ url: '/fails' }), 'ERR_ASGI_PYTHON')
    reasons.failed++
  },
]

/** The ways of giving up: each is given up at another stage. */
const givingUp = [
  // Before it is handed over, before the start, at a random turn.
  async () => {
    const controller = new AbortController()
    const promise = handler.handleRequest({ url: '/wait' }, controller.signal)
    abortAfter(controller, Math.floor(random() * 4))
    await expect(promise, 'ABORT_ERR')
  },
  async () => {
    const controller = new AbortController()
    const promise = handler.handleStream({ url: '/stream' }, controller.signal)
    abortAfter(controller, Math.floor(random() * 4))
    await promise.then((response) => drain(response)).catch(ignoreAbort)
  },
  // With the response half read.
  async () => {
    const response = await handler.handleStream({ url: '/flood' })
    await response.next()
    response.destroy()
  },
  async () => {
    const response = await handler.handleStream({ url: '/stream' })
    for await (const chunk of response) {
      if (chunk.length > 0) break
    }
  },
  // With the request's body half written.
  async () => {
    const controller = new AbortController()
    const request = new Request({ method: 'POST', url: '/echo' })
    const response = await handler.handleStream(request, controller.signal)
    await request.write('half of it')
    await response.next()
    controller.abort()
    await expect(response.next(), 'ABORT_ERR')
  },
  // Never read, never given up: collecting the garbage has to find it.
  async () => {
    await handler.handleStream({ url: '/flood' })
  },
]

function abortAfter(controller, turns) {
  if (turns === 0) controller.abort()
  else setImmediate(abortAfter, controller, turns - 1)
}

async function drain(response) {
  while ((await response.next()) !== null);
}

async function expect(promise, code) {
  const error = await promise.then(() => null, (reason) => reason)
  if (error === null || (error.code !== code && error.name !== 'AbortError')) {
    throw new Error(`expected ${code}, got ${error?.stack ?? 'an answer'}`)
  }
}

function ignoreAbort(error) {
  if (error.name !== 'AbortError') throw error
}

async function worker(next) {
  while (next()) {
    if (random() < 0.1) {
      await givingUp[Math.floor(random() * givingUp.length)]()
      reasons['gave up']++
    } else {
      await ordinary[Math.floor(random() * ordinary.length)]()
    }
  }
}

/**
 * MiB of memory that this process has, after the garbage is collected. Of V8's heap only what is in use: how much room
 * it keeps for later changes by 48 MiB from one moment to the next.
 */
function memory() {
  globalThis.gc()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return (rss - heapTotal + heapUsed) / 1048576
}

/** Waits until the garbage is found and every app has ended; the report of the Python side, and of ours. */
async function settled() {
  for (let round = 0; round < 200; round++) {
    globalThis.gc()
    await new Promise(setImmediate)
    const { body } = await handler.handleRequest({ url: '/report' })
    const report = JSON.parse(body)
    report.slots = core.slots.live
    report.inFlight = handler.stats().inFlight
    if (report.tasks === 0 && report.alive === 0 && report.slots === 0 && report.inFlight === 0) return report
    if (round === 199) return report
  }
  return undefined
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

async function main() {
  if (globalThis.gc === undefined) throw new Error('run this with node --expose-gc')
  let started = 0
  const tenths = []
  for (let tenth = 1; tenth <= 10; tenth++) {
    const limit = Math.round((total * tenth) / 10)
    await Promise.all(Array.from({ length: concurrency }, () => worker(() => started++ < limit)))
    started = limit
    await settled()
    const now = memory()
    tenths.push(now)
    console.log(`${limit} requests: ${now.toFixed(1)} MiB, ${JSON.stringify(reasons)}`)
  }
  const report = await settled()
  // In the first tenth the allocators are still finding their size, by 20 MiB from one run to the next.
  const growth = median(tenths.slice(7)) - median(tenths.slice(1, 4))
  console.log(`left: ${JSON.stringify(report)}`)
  console.log(`growth of memory: ${growth.toFixed(1)} MiB`)
  await handler.close()
  const isClean = report.tasks === 0 && report.alive === 0 && report.slots === 0 && report.inFlight === 0
  if (!isClean || growth > allowedGrowth) {
    console.log('FAILED')
    process.exitCode = 1
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
