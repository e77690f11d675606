'use strict'

// Large bodies that go to a plain socket are the app's own memory until they are written; all others get copies.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { core } = require('../js/binding')
const { collectGarbage } = require('./soak/memory')
const { docroot, listen, openApp, serve, until } = require('./support')

const SIZE = 1 << 18
const CONTENT = Buffer.alloc(SIZE, Uint8Array.from({ length: 256 }, (_, value) => value))
const NOTHING_HELD = { bytes: 0, own: 0, bytearray: 0, memoryview: 0 }

const ask = async (handler, url) => JSON.parse((await handler.handleRequest({ url })).body)

/** Waits until others than the app refer to its bodies. */
async function isLent(handler) {
  await until(async () => (await ask(handler, '/held')).bytes > 0, "others refer to the app's bodies")
}

/** Waits until only the app refers to its bodies, and asserts that they are unchanged. */
async function untilGivenBack(handler) {
  await until(async () => {
    collectGarbage()
    const held = await ask(handler, '/held')
    const { borrowedBuffers } = core.live(1000)
    return borrowedBuffers === 0 && Object.values(held).every((count) => count === 0)
  }, 'all borrowed buffers are given back')
  assert.deepEqual(await ask(handler, '/changed'), [])
}

/** A listener that overwrites each chunk of a response. */
function spoiling(handler, when) {
  return (req, res) => {
    const spoil = () => {
      for (const name of ['write', 'end']) {
        const original = res[name]
        res[name] = (chunk, ...rest) => {
          if (Buffer.isBuffer(chunk)) chunk.fill('x')
          return original.call(res, chunk, ...rest)
        }
      }
    }
    if (when === 'before') spoil()
    handler.listener(req, res)
    if (when === 'after') spoil()
  }
}

for (const kind of ['bytes', 'own', 'bytearray', 'memoryview']) {
  test(`a large body of type ${kind} arrives whole, and is not referenced afterwards`, async (t) => {
    const handler = openApp(t, 'lends_bodies')
    const request = await serve(t, 'http', handler.listener)
    const answers = await Promise.all(Array.from({ length: 8 }, () => request({ path: `/whole/${kind}` })))
    for (const { body } of answers) assert.ok(body.equals(CONTENT))
    await untilGivenBack(handler)
  })
}

test("data that a client has not read yet is the app's own memory, not a copy", async (t) => {
  const handler = openApp(t, 'lends_bodies')
  const port = await listen(t, http.createServer(handler.listener))
  const count = 256
  const request = http.get({ host: '127.0.0.1', port, path: `/pieces/${count}` })
  const [response] = await once(request, 'response')
  // More than the system takes for a client that does not read.
  await isLent(handler)
  await until(() => core.live(1000).borrowedBuffers > 0, 'a buffer is borrowed')
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  assert.ok(Buffer.concat(chunks).equals(Buffer.alloc(count * SIZE, CONTENT)))
  await untilGivenBack(handler)
})

test('a client that disconnects in the middle releases the borrowed buffers', async (t) => {
  const handler = openApp(t, 'lends_bodies')
  const port = await listen(t, http.createServer(handler.listener))
  for (let round = 0; round < 4; round++) {
    const request = http.get({ host: '127.0.0.1', port, path: '/pieces/256' })
    const [response] = await once(request, 'response')
    // Not read any further.
    await once(response, 'readable')
    await isLent(handler)
    response.destroy()
  }
  await untilGivenBack(handler)
})

test('a worker thread that ends releases the buffers borrowed for its clients', async (t) => {
  const handler = openApp(t, 'lends_bodies')
  await handler.ready()
  const worker = new Worker(path.join(__dirname, 'fixtures', 'lend-in-worker.js'), { workerData: { docroot } })
  const [port] = await once(worker, 'message')
  const request = http.get({ host: '127.0.0.1', port, path: '/pieces/256' })
  const [response] = await once(request, 'response')
  response.on('error', () => undefined)
  await once(response, 'readable')
  await isLent(handler)
  await worker.terminate()
  await untilGivenBack(handler)
})

for (const when of ['before', 'after']) {
  for (const what of ['whole/bytes', 'pieces/4']) {
    test(`middleware ${when} the listener gets copies of ${what}, and may change them`, async (t) => {
      const handler = openApp(t, 'lends_bodies')
      const request = await serve(t, 'http', spoiling(handler, when))
      const { body } = await request({ path: `/${what}` })
      assert.ok(body.equals(Buffer.alloc(body.length, 'x')))
      await untilGivenBack(handler)
    })
  }
}

for (const protocol of ['https', 'h2c', 'h2']) {
  test(`over ${protocol} large bodies are copied`, async (t) => {
    const handler = openApp(t, 'lends_bodies')
    const request = await serve(t, protocol, handler.listener)
    const answers = await Promise.all(['/whole/bytes', '/pieces/4'].map((path) => request({ path })))
    assert.ok(answers[0].body.equals(CONTENT))
    assert.ok(answers[1].body.equals(Buffer.alloc(4 * SIZE, CONTENT)))
    assert.deepEqual(await ask(handler, '/held'), NOTHING_HELD)
  })
}

test('a body that stays in this process is a copy, which may be written to', async (t) => {
  const handler = openApp(t, 'lends_bodies')
  const whole = await handler.handleRequest({ url: '/whole/bytes' })
  whole.body.fill('x')
  const response = await handler.handleStream({ url: '/pieces/4' })
  for await (const chunk of response) chunk.fill('x')
  const fetched = await handler.fetch(new globalThis.Request('http://localhost/whole/bytes'))
  new Uint8Array(await fetched.arrayBuffer()).fill(120)
  assert.deepEqual(await ask(handler, '/held'), NOTHING_HELD)
  await untilGivenBack(handler)
})
