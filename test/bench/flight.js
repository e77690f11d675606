'use strict'

/** A request as a browser or a client library sends it: eight headers. */
const HEADERS = {
  host: '127.0.0.1',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en',
  'user-agent': 'python-node-bench/1.0',
  'cache-control': 'no-cache',
  'x-request-id': '0123456789abcdef',
  'x-forwarded-for': '203.0.113.7',
}

/** The response of the hello apps. */
const HELLO = 'Hello, World!'

/** Checks a response of the hello apps. */
function expectHello(status, length) {
  if (status !== 200 || length !== HELLO.length) throw new Error(`a wrong answer: ${status}, ${length} bytes`)
}

/**
 * Keeps a number of calls in flight for a time: each that ends starts the next.
 *
 * @param {() => Promise<void>} call throws when the answer is wrong.
 * @param {{ inFlight: number, milliseconds: number, ownTurns?: boolean }} task `ownTurns`: each call is made in a turn
 *   of the event loop that it alone begins.
 * @returns {Promise<{ requests: number, seconds: number }>}
 */
async function keepInFlight(call, { inFlight, milliseconds, ownTurns = false }) {
  let requests = 0
  const start = performance.now()
  const end = start + milliseconds
  const lane = async () => {
    while (performance.now() < end) {
      if (ownTurns) await new Promise(setImmediate)
      await call()
      requests++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { requests, seconds: (performance.now() - start) / 1000 }
}

/**
 * Moves one body after the other for a time.
 *
 * @param {() => Promise<void>} move moves one of `bytes`, and throws when it was not all of it.
 * @param {{ bytes: number, milliseconds: number }} task
 * @returns {Promise<{ bytes: number, seconds: number }>}
 */
async function keepMoving(move, { bytes, milliseconds }) {
  let moved = 0
  const start = performance.now()
  const end = start + milliseconds
  do {
    await move()
    moved += bytes
  } while (performance.now() < end)
  return { bytes: moved, seconds: (performance.now() - start) / 1000 }
}

/**
 * Serves tasks from the parent process: says that it is ready, then answers each task with its measurement.
 *
 * @param {(task: object) => Promise<object>} perform
 */
function serveTasks(perform) {
  process.on('message', async (task) => {
    try {
      process.send(await perform(task))
    } catch (error) {
      process.send({ error: error.stack })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ ready: true })
}

module.exports = { HEADERS, HELLO, expectHello, keepInFlight, keepMoving, serveTasks }
