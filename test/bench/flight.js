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
const EXPECTED_LENGTH = 13

/**
 * Keeps a number of calls in flight for a time: each that ends starts the next.
 *
 * @param {() => Promise<{ status: number, length: number }>} call
 * @param {{ inFlight: number, milliseconds: number }} task
 * @returns {Promise<{ requests: number, seconds: number }>}
 */
async function keepInFlight(call, { inFlight, milliseconds }) {
  let requests = 0
  const start = performance.now()
  const end = start + milliseconds
  const lane = async () => {
    while (performance.now() < end) {
      const { status, length } = await call()
      if (status !== 200 || length !== EXPECTED_LENGTH) throw new Error(`a wrong answer: ${status}, ${length} bytes`)
      requests++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { requests, seconds: (performance.now() - start) / 1000 }
}

/** Serves tasks from the parent process: says that it is ready, then answers each task with its measurement. */
function serveTasks(callFor) {
  process.on('message', async (task) => {
    try {
      process.send(await keepInFlight(callFor(task), task))
    } catch (error) {
      process.send({ error: error.stack })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ ready: true })
}

module.exports = { HEADERS, serveTasks }
