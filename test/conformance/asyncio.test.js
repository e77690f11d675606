'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp } = require('../support')
const { json } = require('./support')

/** Reads the rest of a response's body. */
async function rest(response) {
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

test('A20 the app runs in a task of a running loop, with threads and child processes', async (t) => {
  assert.deepEqual(await json(openApp(t, 'asyncio_tools'), '/loop'), {
    is_running: true,
    is_task: true,
    is_listed: true,
    created: 2,
    gathered: [2, 4],
    waited: 6,
    thread_is_main: false,
    child: [0, 'from a child'],
    run: '42',
  })
})

test('A20 anyio finds asyncio: task groups, cancel scopes and threads', async (t) => {
  const results = await json(openApp(t, 'asyncio_tools'), '/anyio')
  assert.deepEqual(results, { results: [0, 1, 2], cancelled: true, in_thread: false })
})

test('A20 timeouts end waiting, and the task of the app can be cancelled', async (t) => {
  const handler = openApp(t, 'asyncio_tools')
  assert.equal(await json(handler, '/timeout'), 'timed out')
  assert.equal(await json(handler, '/cancel'), 'caught')
  // The next one has not been cancelled with it.
  assert.equal(await json(handler, '/timeout'), 'timed out')
})

test('A21 receive() can be awaited, shielded, limited in time, gathered and made a task', async (t) => {
  const handler = openApp(t, 'asyncio_tools')
  const chunks = ['one', 'two', 'three', 'four', 'five', 'six']
  // The chunks are there before the app asks, and then come while it waits.
  const before = new Request({ method: 'POST', url: '/awaitables' })
  for (const chunk of chunks) before.write(chunk)
  const whole = handler.handleRequest(before)
  before.write('seven')
  before.end()
  assert.deepEqual(JSON.parse((await whole).body), [...chunks, 'seven'])

  const during = new Request({ method: 'POST', url: '/awaitables' })
  const streamed = handler.handleStream(during)
  for (const chunk of chunks) {
    during.write(chunk)
    await handler.handleRequest({ url: '/context' })
  }
  await during.write('seven')
  assert.deepEqual(JSON.parse(await rest(await streamed)), [...chunks, 'seven'])
})

test('A22 a receive() that is cancelled while it waits loses nothing', async (t) => {
  const handler = openApp(t, 'concurrent_calls')
  const request = new Request({ method: 'POST', url: '/cancel' })
  const response = await handler.handleStream(request)
  assert.equal((await response.next()).toString(), 'cancelled:')
  for (const chunk of ['a', 'b', 'c']) await request.write(chunk)
  await request.end()
  assert.equal(await rest(response), 'abc')
})

test('A22 a receive() whose time is over now and then loses nothing', async (t) => {
  const handler = openApp(t, 'concurrent_calls')
  const request = new Request({ method: 'POST', url: '/timeouts' })
  const response = await handler.handleStream(request)
  const numbers = Array.from({ length: 300 }, (_, number) => `${number},`)
  // Chunks at all times of the app's short limit, so that some come when it is just over.
  for (const number of numbers) {
    await request.write(number)
    await new Promise(setImmediate)
  }
  await request.end()
  assert.equal(await rest(response), numbers.join(''))
})

test('A23 tasks that send at the same time keep the order of their calls', async (t) => {
  const handler = openApp(t, 'concurrent_calls')
  const { body } = await handler.handleRequest({ url: '/senders' })
  assert.equal(body.toString(), `${Array.from({ length: 100 }, (_, number) => `${number},`).join('')}last`)
})

test('A23 tasks that wait in send() at the same time all go on, in order', async (t) => {
  const handler = openApp(t, 'concurrent_calls')
  const response = await handler.handleStream({ url: '/waiting' })
  const text = await rest(response)
  assert.ok(text === [...'01234567'].map((digit) => digit.repeat(65536)).join(''))
})

test('A23 one task receives while another sends', async (t) => {
  const handler = openApp(t, 'concurrent_calls')
  const request = new Request({ method: 'POST', url: '/duplex' })
  const response = await handler.handleStream(request)
  for (const chunk of ['ping', 'pong', 'ping']) {
    await request.write(chunk)
    assert.equal((await response.next()).toString(), chunk)
  }
  await request.end()
  assert.equal(await response.next(), null)
})

test('A24 a request sees neither the context variables of another nor those of the lifespan', async (t) => {
  const handler = openApp(t, 'asyncio_tools')
  const expected = { before: 'unset', after: 'set by a request', task: 'set by a request' }
  assert.deepEqual(await json(handler, '/context'), expected)
  assert.deepEqual(await json(handler, '/context'), expected)
  const waits = new Request({ method: 'POST', url: '/suspended_context' })
  const waiting = handler.handleStream(waits)
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => json(handler, '/context'))), [expected, expected, expected])
  await waits.end()
  assert.equal(await rest(await waiting), '"set by the one that waits"')
})

test("A25 the app runs on Python's main thread and may handle signals", async (t) => {
  const { is_main: isMain, caught } = await json(openApp(t, 'asyncio_tools'), '/threads')
  assert.equal(isMain, true)
  assert.deepEqual(caught, ['MainThread'])
})
