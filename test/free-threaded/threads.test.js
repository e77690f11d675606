'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('../support')
const { whyNot } = require('./support')

const skip = whyNot()
const WRONG = /^RuntimeError: receive\(\) and send\(\) belong to the thread of their event loop/

test('no module of ours turns the GIL on', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop')
  const told = await (await handler.handleRequest({ url: '/' })).json()
  assert.deepEqual([told.gil, handler.runtime.gil], [false, false])
})

test('send() and receive() raise in a thread that does not run their event loop', { skip }, async (t) => {
  const handler = openApp(t, 'uses_other_threads')
  for (const url of ['/send', '/receive']) {
    assert.match(await (await handler.handleRequest({ url })).json(), WRONG, url)
  }
})

test(
  'the awaitable of receive() cannot be awaited in another thread, and trying loses nothing',
  { skip },
  async (t) => {
    const handler = openApp(t, 'uses_other_threads')
    const [told, type] = await (await handler.handleRequest({ url: '/step', method: 'POST', body: 'x' })).json()
    assert.match(told, WRONG)
    assert.equal(type, 'http.request')
  },
)

test('messages that other threads change meanwhile are sent or refused', { skip }, async (t) => {
  const handler = openApp(t, 'uses_other_threads')
  const answers = await Promise.allSettled(Array.from({ length: 4 }, () => handler.handleRequest({ url: '/changing' })))
  for (const { status, value, reason } of answers) {
    if (status === 'fulfilled') assert.match(await value.text(), /\nend$/)
    else assert.match(reason.code, /^ERR_ASGI/)
  }
})

test('a task that waits in receive() may be collected on another thread', { skip }, async (t) => {
  const handler = openApp(t, 'uses_other_threads')
  const url = '/dropped'
  const answers = await Promise.all(Array.from({ length: 50 }, () => handler.handleRequest({ url })))
  for (const answer of answers) assert.equal(await answer.json(), true)
})
