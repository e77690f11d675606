'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { run, whyNot } = require('./support')

/** Names of this process' threads that run Python. */
const THREADS = `() => fs.readdirSync('/proc/self/task')
  .map((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim())
  .filter((name) => name.startsWith('python-node'))
  .sort()`

const skip = whyNot() || (process.platform !== 'linux' && 'it counts threads in /proc')

test('closing drains requests, streams and WebSockets of all loops, and leaves no thread', { skip }, async (t) => {
  const { said, notes } = await run(
    t,
    `
    const fs = require('node:fs')
    const threads = ${THREADS}
    const many = (open) => Promise.all(Array.from({ length: 4 }, open))
    await handler.ready()
    const before = threads()
    const streams = await many(async () => {
      const request = new Request({ url: '/stream', method: 'POST' })
      await request.write('0,')
      return { request, response: await handler.handleStream(request) }
    })
    const sockets = await many(async () => {
      const request = new Request({ websocket: true, url: '/' })
      return { request, response: await handler.handleStream(request) }
    })
    const asked = Array.from({ length: 4 }, () => handler.handleRequest({ url: '/waits' }))
    const inFlight = handler.stats().loops.map((loop) => loop.inFlight)
    const closed = handler.close()
    const bodies = await Promise.all(streams.map(async ({ request, response }) => {
      await request.write('1,')
      await request.end()
      return response.text()
    }))
    const messages = await Promise.all(sockets.map(async ({ request, response }) => {
      await request.write('last')
      const message = await response.nextMessage()
      await request.end()
      return message
    }))
    const answers = await Promise.all(asked.map(async (each) => (await (await each).json()).thread))
    await closed
    const refused = await handler.handleRequest({ url: '/' }).catch((error) => error.code)
    const { inFlight: left, errors } = handler.stats()
    console.log(JSON.stringify({
      inFlight, bodies, messages, loops: new Set(answers).size, refused, left, errors, before, after: threads()
    }))`,
  )
  const { before, after, ...told } = said
  assert.deepEqual(told, {
    inFlight: [6, 6],
    bodies: Array(4).fill('0,1, same'),
    messages: Array(4).fill('last'),
    loops: 2,
    refused: 'ERR_ASGI_CLOSED',
    left: 0,
    errors: 0,
  })
  // The threads of the loops stay for further handlers, until the process ends, which it did by itself.
  assert.ok(before.length >= 2)
  assert.deepEqual(after, before)
  for (const what of ['started', 'stopped']) {
    const threads = notes.filter(([each]) => each === what).map(([, thread]) => thread)
    assert.deepEqual([threads.length, new Set(threads).size], [2, 2])
  }
})
