'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp } = require('../support')
const { whyNot } = require('./support')

const skip = whyNot()

/** How many requests, and how many of them at once. */
const REQUESTS = Number(process.env.FREE_THREADED_REQUESTS || 5000)
const AT_ONCE = 64
/** ms: some of them compute, and a sanitizer makes all of them slow. */
const timeout = 60_000 + 20 * REQUESTS

const large = Buffer.alloc(200_000, 'python-node ')

/** The actions of clients, in turn. Each returns the counts to add. */
const KINDS = [
  async function plain(handler) {
    const answer = await handler.handleRequest({ url: '/' })
    return (await answer.json()).loop
  },
  async function whole(handler) {
    const answer = await handler.handleRequest({ url: '/stream', method: 'POST', body: large })
    assert.equal((await answer.text()).length, large.length + 5)
  },
  async function streamed(handler) {
    const request = new Request({ url: '/stream', method: 'POST' })
    await request.write('0,')
    const response = await handler.handleStream(request)
    for (let i = 1; i < 4; i++) await request.write(`${i},`)
    await request.end()
    assert.equal(await response.text(), '0,1,2,3, same')
  },
  async function waiting(handler) {
    await (await handler.handleRequest({ url: '/waits' })).json()
  },
  async function leaving(handler, number) {
    const controller = new AbortController()
    const url = number % 2 === 0 ? '/never' : '/waits'
    const asked = handler.handleRequest({ url }, controller.signal)
    setImmediate(() => controller.abort())
    // A thread that is busy may have read the answer of the second before it leaves.
    const failure = await asked.then(() => null, (error) => error)
    if (url === '/never' || failure !== null) assert.equal(failure?.name, 'AbortError')
  },
  async function leavingStream(handler) {
    const response = await handler.handleStream(new Request({ url: '/stream', method: 'POST', body: large }))
    response.destroy()
  },
  async function socket(handler) {
    const request = new Request({ websocket: true, url: '/' })
    const response = await handler.handleStream(request)
    for (const text of ['a', 'b', 'c']) {
      await request.write(text)
      assert.equal(await response.nextMessage(), text)
    }
    await request.end()
  },
]

test(
  `${REQUESTS} requests with streams, clients that leave and WebSockets on two loops`,
  { skip, timeout },
  async (t) => {
    const handler = openApp(t, 'tells_its_loop', { loops: 2 })
    await handler.ready()
    const loops = new Set()
    let next = 0
    const client = async () => {
      while (next < REQUESTS) {
        const number = next++
        // Most are plain ones.
        const kind = KINDS[number % 20 < 14 ? 0 : number % 20 - 13]
        const loop = await kind(handler, number)
        if (loop !== undefined) loops.add(loop)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, client))
    assert.equal(loops.size, 2)
    const { errors } = handler.stats()
    assert.equal(errors, 0)
  },
)
