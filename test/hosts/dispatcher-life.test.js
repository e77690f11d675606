'use strict'

const assert = require('node:assert/strict')
const { EventEmitter, once } = require('node:events')
const { test } = require('node:test')
const { openApp } = require('../support')
const { GET, older, whole } = require('./notes')

test('dispatch is false when maxConcurrency is reached, and drain comes when there is room', async (t) => {
  const handler = openApp(t, 'notice_disconnect', { maxConcurrency: 2 })
  const dispatcher = handler.dispatcher()
  const first = older()
  const second = older()
  assert.equal(dispatcher.dispatch({ ...GET, path: '/stream/drain-1' }, first.handler), true)
  assert.equal(dispatcher.dispatch({ ...GET, path: '/stream/drain-2' }, second.handler), false)
  await once(second, 'data')
  const drained = once(dispatcher, 'drain')
  second.abort()
  const [origin, targets] = await drained
  assert.equal(origin.origin, 'http://python.internal')
  assert.deepEqual(targets, [dispatcher])
  first.abort()
  await first.over
})

test('close() waits for requests under way and refuses further ones', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const dispatcher = handler.dispatcher()
  const notes = older()
  dispatcher.dispatch({ ...GET, path: '/stream/close' }, notes.handler)
  let isClosed = false
  const closed = dispatcher.close().then(() => (isClosed = true))
  assert.equal(dispatcher.closed, true)
  assert.equal((await whole(dispatcher, GET)).failed[0].code, 'ERR_ASGI_CLOSED')
  await once(notes, 'data')
  assert.equal(isClosed, false)
  assert.equal(dispatcher.destroyed, false)
  notes.abort()
  await closed
  assert.equal(dispatcher.destroyed, true)
  // The handler is another matter.
  assert.equal((await handler.handleRequest({ url: '/ping/' })).status, 200)
  await new Promise((resolve) => dispatcher.close(resolve))
})

test('destroy() aborts requests under way, with its own or the given error', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  for (const [key, error] of [['destroy-own', undefined], ['destroy-given', new Error('gone')]]) {
    const dispatcher = handler.dispatcher()
    const notes = older()
    dispatcher.dispatch({ ...GET, path: `/stream/${key}` }, notes.handler)
    await once(notes, 'data')
    await dispatcher.destroy(error)
    const failure = await notes.over
    if (error === undefined) assert.equal(failure.code, 'ERR_ASGI_CLOSED')
    else assert.equal(failure, error)
    assert.equal((await handler.handleRequest({ url: `/seen/${key}` })).body.toString(), 'http.disconnect')
    await new Promise((resolve) => dispatcher.destroy(resolve))
  }
})

test('with the option origin other origins are refused by name, or go to the fallback', async (t) => {
  const handler = openApp(t, 'hello')
  const strict = handler.dispatcher({ origin: ['http://python.internal', 'https://b.example:444/'] })
  assert.equal((await whole(strict, GET)).body, 'Hello, World!')
  assert.equal((await whole(strict, { ...GET, origin: 'https://b.example:444' })).body, 'Hello, World!')
  const refused = await whole(strict, { ...GET, origin: 'https://other.example' })
  assert.equal(refused.failed[0].code, 'ERR_ASGI_INVALID_URL')
  assert.match(
    refused.failed[0].message,
    /https:\/\/other\.example .*http:\/\/python\.internal, https:\/\/b\.example:444/,
  )

  const fallback = new EventEmitter()
  const passed = []
  fallback.dispatch = (...args) => passed.push(args) === 1
  const dispatcher = handler.dispatcher({ origin: 'http://python.internal', fallback })
  const options = { ...GET, origin: 'https://other.example' }
  const { handler: callbacks } = older()
  assert.equal(dispatcher.dispatch(options, callbacks), true)
  assert.equal(dispatcher.dispatch(options, callbacks), false)
  assert.equal(passed[0][0], options)
  assert.equal(passed[0][1], callbacks)
  const drained = once(dispatcher, 'drain')
  fallback.emit('drain', 'https://other.example')
  assert.deepEqual(await drained, ['https://other.example'])
  assert.equal((await whole(dispatcher, GET)).body, 'Hello, World!')
})

const OPTIONS = [
  [{ origin: 'python.internal' }, /origin/],
  [{ origin: [] }, /origin/],
  [{ origin: 'data:,x' }, /origin/],
  [{ origin: 5 }, /origin/],
  [{ fallback: {} }, /fallback/],
  [{ fallback: { dispatch() {} } }, /fallback.*origin/],
]

for (const [options, message] of OPTIONS) {
  test(`the options ${JSON.stringify(options)} are refused`, (t) => {
    const handler = openApp(t, 'hello')
    assert.throws(() => handler.dispatcher(options), { code: 'ERR_ASGI_INVALID_OPTION', message })
  })
}
