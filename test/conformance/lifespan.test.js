'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { listen, quiet, send } = require('../support')
const { docroot, isSettled, json, openLifespan: open } = require('./support')

test('H1 H2 the lifespan scope has a type, the versions and an empty state', async (t) => {
  const { handler, log } = open(t, 'orderly')
  await handler.ready()
  const opened = (await log()).find(({ type }) => type === 'lifespan')
  assert.deepEqual(opened, {
    type: 'lifespan',
    asgi: { version: '3.0', spec_version: '2.0' },
    state: {},
    keys: ['asgi', 'state', 'type'],
  })
})

test('H3 H4 H9 requests wait for startup, and close() for shutdown', { timeout: 20000 }, async (t) => {
  const { handler, until, log, go } = open(t, 'slow')
  const pending = [handler.handleRequest({ url: '/first' }), handler.handleRequest({ url: '/second' })]
  const ready = handler.ready()
  await until('lifespan.startup')
  assert.deepEqual(await log(), ['lifespan.startup'])
  assert.equal(await isSettled(ready), false)
  await go('start')
  await ready
  for (const response of await Promise.all(pending)) assert.equal(response.status, 200)
  assert.deepEqual(await log(), [
    ...['lifespan.startup', 'startup complete', 'request first', 'response first'],
    ...['request second', 'response second'],
  ])
  // H9: close() waits for the end of shutdown.
  const closing = handler.close()
  await until('lifespan.shutdown')
  assert.equal(await isSettled(closing), false)
  await go('stop')
  await closing
  assert.deepEqual((await log()).slice(-2), ['lifespan.shutdown', 'shutdown complete'])
})

test('H8 shutdown comes after the requests in flight', async (t) => {
  const { handler, until, log, go } = open(t, 'orderly')
  const held = handler.handleRequest({ url: '/hold' })
  await until('request hold')
  const closing = handler.close()
  await assert.rejects(handler.handleRequest({ url: '/' }), { code: 'ERR_ASGI_CLOSED' })
  assert.equal((await log()).at(-1), 'request hold')
  await go('hold')
  assert.equal((await held).status, 200)
  await closing
  assert.deepEqual((await log()).slice(-3), ['response hold', 'lifespan.shutdown', 'shutdown complete'])
})

test('H8 shutdown comes after the connections that are cut off', async (t) => {
  const { handler, log } = open(t, 'orderly')
  const response = await handler.handleStream({ url: '/stream' })
  await response.next()
  await handler.close({ timeout: 0 })
  assert.deepEqual((await log()).slice(-3), ['disconnect', 'lifespan.shutdown', 'shutdown complete'])
  await assert.rejects(response.next(), { code: 'ERR_ASGI_CLOSED' })
})

test('H9 close() waits for shutdown no longer than lifespanTimeout', async (t) => {
  const { handler } = open(t, 'never_stops', { lifespanTimeout: 50 })
  await handler.ready()
  const message = 'Application shutdown took longer than 50 ms, the option lifespanTimeout'
  const expected = { code: 'ERR_ASGI_LIFESPAN', message }
  await assert.rejects(handler.close(), expected)
  await assert.rejects(handler.close(), expected)
})

test('H4 H9 requests wait for startup no longer than lifespanTimeout', { timeout: 20000 }, async (t) => {
  const { handler } = open(t, 'never_starts', { lifespanTimeout: 50, responseTimeout: 0 })
  const message = 'Application startup took longer than 50 ms, the option lifespanTimeout'
  const expected = { code: 'ERR_ASGI_LIFESPAN', message }
  await assert.rejects(handler.handleRequest({ url: '/' }), expected)
  await assert.rejects(handler.ready(), expected)
})

test('H10 a shutdown that fails rejects close() with the message of the app', async (t) => {
  const { handler } = open(t, 'fails_to_stop')
  await handler.ready()
  await assert.rejects(handler.close(), { code: 'ERR_ASGI_LIFESPAN', message: 'cannot save' })
})

test('H10 a shutdown that raises rejects close() with the exception', async (t) => {
  const { handler } = open(t, 'raises_in_shutdown')
  await handler.ready()
  await assert.rejects(handler.close(), { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: cannot save' })
})

test('H11 state is a shallow copy: keys that a request sets are its own, the values are shared', async (t) => {
  const { handler } = open(t, 'orderly')
  const { loop } = await json(handler, '/')
  const seen = async (url) => {
    const { state, private: own } = await json(handler, url)
    // A key that a request sets in its state does not appear in another's.
    assert.deepEqual(own, [])
    return state
  }
  assert.deepEqual(await seen('/write'), { shared: [], loop })
  assert.deepEqual(await seen('/'), { shared: ['write'], loop })
  assert.deepEqual(await seen('/write'), { shared: ['write'], loop })
  assert.deepEqual(await seen('/'), { shared: ['write', 'write'], loop })
})

test('H12 lifespan and requests run on one loop: a lock made at startup can be used', async (t) => {
  const { handler, loop } = open(t, 'orderly')
  const { state, loop: inRequest, locked } = await json(handler, '/')
  assert.equal(locked, true)
  assert.equal(state.loop, inRequest)
  assert.equal(await loop(), inRequest)
})

test('H13 a handler has one lifespan and a state of its own, and all share the loop of the process', async (t) => {
  const first = open(t, 'orderly')
  const second = open(t, 'orderly')
  await json(first.handler, '/write')
  const [one, other] = [await json(first.handler, '/'), await json(second.handler, '/')]
  assert.deepEqual(one.state.shared, ['write'])
  assert.deepEqual(other.state.shared, [])
  assert.equal(one.loop, other.loop)
  // A worker thread has its own JavaScript and no Python of its own: the same loop, and one more lifespan.
  const started = (await first.log()).filter((entry) => entry === 'startup complete').length
  const worker = new Worker(path.join(__dirname, '..', 'fixtures', 'ask-in-worker.js'), {
    workerData: { target: 'lifespan_apps:orderly', docroot, urls: ['/write', '/'] },
  })
  const exited = once(worker, 'exit')
  const [answers] = await once(worker, 'message')
  await exited
  assert.deepEqual(JSON.parse(answers[1]), one)
  const log = await first.log()
  assert.equal(log.filter((entry) => entry === 'startup complete').length, started + 1)
  assert.deepEqual(log.slice(-2), ['lifespan.shutdown', 'shutdown complete'])
})

test('H9 H13 an app is shut down too when the worker thread that has opened it is ended', async (t) => {
  const { until, log } = open(t, 'orderly')
  await until('lifespan.startup')
  const before = (await log()).length
  const worker = new Worker(path.join(__dirname, '..', 'fixtures', 'stay-in-worker.js'), {
    workerData: { target: 'lifespan_apps:orderly', docroot },
  })
  const since = async (entry) => {
    for (;;) {
      const entries = (await log()).slice(before)
      if (entries.includes(entry)) return entries
    }
  }
  await since('request stream')
  await worker.terminate()
  const entries = await since('shutdown complete')
  assert.deepEqual(entries.slice(-3), ['disconnect', 'lifespan.shutdown', 'shutdown complete'])
})

test('H17 the lifespan survives the garbage collector', async (t) => {
  const { handler, log } = open(t, 'orderly')
  // Each of these requests collects garbage.
  for (let i = 0; i < 5; i++) await handler.handleRequest({ url: '/' })
  await handler.close()
  assert.deepEqual((await log()).slice(-2), ['lifespan.shutdown', 'shutdown complete'])
})

test('H4 H6 over a socket requests wait for startup, and get an error when it fails', async (t) => {
  quiet(t)
  const good = open(t, 'orderly')
  const bad = open(t, 'fails_to_start')
  const port = await listen(t, http.createServer(good.handler.listener))
  assert.equal((await send({ port, path: '/' })).status, 200)
  const refused = await send({ port: await listen(t, http.createServer(bad.handler.listener)), path: '/' })
  assert.ok(refused.status >= 500, String(refused.status))
})
