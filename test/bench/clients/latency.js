'use strict'

// Measures how long requests take while others are in flight, inside this process: node latency.js THREAD, started by rivals.js.

const { PythonHandler } = require('../../..')
const { APPS } = require('../apps')
const { HEADERS, serveTasks } = require('../flight')
const { median } = require('../statistics')
const { Times } = require('../times')

const [thread] = process.argv.slice(2)
const handler = new PythonHandler('mixed_work:app', { docroot: APPS, thread })

/** Quick requests for each slow one. */
const QUICK_FOR_SLOW = 9

/** Sends a request and returns its milliseconds. */
async function time(url) {
  const start = performance.now()
  const { status, body } = await handler.handleRequest({ method: 'GET', url, headers: HEADERS })
  if (status !== 200 || body.length !== 4) throw new Error(`a wrong answer: ${status}, ${body.length} bytes`)
  return performance.now() - start
}

const kinds = {
  /**
   * The 99th percentile of quick requests. With `slow: 'among'` one in ten is a slow one, so that most of those in flight
   * are; with `slow: 'beside'` as many quick ones as without are in flight at all times, and a slow one is started for
   * every nine of them.
   */
  async quick({ inFlight, milliseconds, slow }) {
    const times = new Times()
    const beside = []
    const end = performance.now() + milliseconds
    const lane = async (_, index) => {
      // Not all of them have their slow one at the same time.
      for (let count = index; performance.now() < end; count++) {
        if (slow === 'among' && count % (QUICK_FOR_SLOW + 1) === QUICK_FOR_SLOW) await time('/slow')
        else times.add(await time('/quick'))
        if (slow === 'beside' && times.count % QUICK_FOR_SLOW === 0) beside.push(time('/slow'))
      }
    }
    await Promise.all(Array.from({ length: inFlight }, lane))
    await Promise.all(beside)
    return { value: times.percentile(0.99) }
  },

  /** The share of a batch's time after which half of its responses are there. */
  async batch({ inFlight, milliseconds }) {
    const shares = []
    const end = performance.now() + milliseconds
    do {
      const times = await Promise.all(Array.from({ length: inFlight }, () => time('/busy')))
      shares.push(median(times) / Math.max(...times))
    } while (performance.now() < end)
    return { value: median(shares) }
  },
}

serveTasks(({ kind, ...task }) => kinds[kind](task))
