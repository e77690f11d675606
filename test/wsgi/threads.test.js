'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { json, openWSGI, skip } = require('./support')

test('W1 the application runs in a thread, and never on the event loop', { skip }, async (t) => {
  const found = await json(openWSGI(t, 'describes_environ'), '/')
  assert.equal(found.isMainThread, false)
  assert.equal(found.hasLoop, false)
})

test('W1 requests run at the same time, in threads of their own', { skip }, async (t) => {
  const handler = openWSGI(t, 'meets_in_threads')
  // Each waits for the others: one after the other none would end.
  const responses = await Promise.all(Array.from({ length: 5 }, () => handler.handleRequest({ url: '/?5' })))
  assert.equal(new Set(responses.map(({ body }) => body.toString())).size, 5)
})

test('W1 a thread that waits for the body does not keep others from being answered', { skip }, async (t) => {
  const { Request } = require('../..')
  const handler = openWSGI(t, 'answers_in_ways')
  const request = new Request({ method: 'POST', url: '/streams' })
  const response = await handler.handleStream(request)
  assert.equal((await response.next()).toString(), 'ready')
  assert.equal((await handler.handleRequest({ url: '/plain' })).body.toString(), 'hello, world')
  await request.write('more')
  assert.equal((await response.next()).toString(), 'got more')
  await request.end()
  assert.equal(await response.next(), null)
})
