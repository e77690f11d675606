'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { StatelessServer } = require('../..')
const { run } = require('./recorder')
const { until } = require('../support')

test('one id has one app for as long as it runs; its events come in order', async (t) => {
  const { server, report } = run(t)
  const instance = server.get('a')
  assert.equal(server.get('a'), instance)
  assert.notEqual(server.get('b'), instance)
  for (let number = 0; number < 100; number++) server.get('a').put({ type: 'x', number })
  server.get('b').put({ type: 'x', number: -1 })
  await server.until(() => server.sent.length === 101)
  const numbers = server.sent.filter(({ id }) => id === 'a').map(({ event }) => event.event.number)
  assert.deepEqual(numbers, Array.from({ length: 100 }, (_, number) => number))
  assert.equal((await report()).live, 2)
  assert.deepEqual([instance.scopeId, instance.scope, instance.isOpen], ['a', { type: 'talk', id: 'a' }, true])
})

test('asking for an app makes it the latest', async (t) => {
  const { server } = run(t)
  const instance = server.get('a')
  server.get('b')
  assert.deepEqual([...server.applicationInstances.keys()], ['a', 'b'])
  t.mock.method(Date, 'now', () => 5e12)
  server.get('a')
  assert.equal(instance.lastUsed, 5e12)
  assert.deepEqual([...server.applicationInstances.keys()], ['b', 'a'])
})

test('never more than maxApplications run: the one used least recently is cancelled', async (t) => {
  const { server, report } = run(t, { maxApplications: 3 })
  for (const id of ['a', 'b', 'c']) server.get(id).put({ type: 'pause', name: `evicted ${id}` })
  await server.until(() => server.sent.length === 3)
  server.get('a')
  server.get('d').put({ type: 'x' })
  assert.deepEqual([...server.applicationInstances.keys()], ['c', 'a', 'd'])
  await server.until(() => server.sent.length === 4)
  let now
  await until(async () => (now = await report()).journal.includes('evicted b ended'), 'the app has ended')
  assert.equal(now.live, 3)
  assert.deepEqual(server.exceptions, [])
})

test('deleting an app cancels it and resolves when it has ended', async (t) => {
  const { server, report } = run(t)
  for (const id of ['a', 'b']) server.get(id).put({ type: 'pause', name: `deleted ${id}` })
  await server.until(() => server.sent.length === 2)
  await server.deleteApplicationInstance('b')
  assert.ok((await report()).journal.includes('deleted b ended'))
  assert.deepEqual([...server.applicationInstances.keys()], ['a'])
  await server.deleteOldestApplicationInstance()
  assert.ok((await report()).journal.includes('deleted a ended'))
  assert.equal((await report()).live, 0)
  await server.deleteApplicationInstance('b')
  await server.deleteOldestApplicationInstance()
})

test('apps that have ended are removed, and their exceptions are reported', async (t) => {
  const { server } = run(t)
  server.get('good').put({ type: 'end' })
  const bad = server.get('bad')
  await bad.put({ type: 'raise', text: 'gone wrong' })
  server.get('stays')
  await server.until(() => server.exceptions.length > 0)
  const [{ error, details }] = server.exceptions
  assert.equal(error.code, 'ERR_ASGI_PYTHON')
  assert.match(error.message, /ValueError: gone wrong/)
  assert.equal(details, bad)
  assert.equal(bad.isOpen, false)
  assert.deepEqual([...server.applicationInstances.keys()], ['stays'])
  assert.equal(server.exceptions.length, 1)
})

test('an id whose app has ended has a new one at once, and the error of the old one is reported', async (t) => {
  const { server, end } = run(t)
  server.applicationCheckerInterval = 60_000
  const old = server.get('a')
  await old.put({ type: 'raise', text: 'the old one' })
  await until(() => !old.isOpen, 'the app has ended')
  const next = server.get('a')
  assert.notEqual(next, old)
  await old.put({ type: 'x' })
  await next.put({ type: 'x', number: 1 })
  await server.until(() => server.sent.length > 0)
  assert.deepEqual(server.sent.map(({ event }) => event.event), [{ type: 'x', number: 1 }])
  await end()
  assert.deepEqual(server.exceptions.map(({ details }) => details), [old])
})

test('an event that cannot be sent is refused, and the app goes on', async (t) => {
  const { server } = run(t)
  await assert.rejects(server.get('a').put({ type: 'x', when: new Date() }), { code: 'ERR_ASGI_INVALID_EVENT' })
  await assert.rejects(server.get('a').put('x'), { code: 'ERR_ASGI_INVALID_EVENT' })
  assert.throws(() => server.getOrCreateApplicationInstance('b', {}), { code: 'ERR_ASGI_INVALID_EVENT' })
  await server.get('a').put({ type: 'x' })
  await server.until(() => server.sent.length === 1)
  assert.deepEqual([...server.applicationInstances.keys()], ['a'])
})

test('an applicationSend that fails ends its app and is reported', async (t) => {
  const { server, report } = run(t)
  const failure = new Error('cable cut')
  const record = server.applicationSend.bind(server)
  server.applicationSend = async (scope, event) => {
    if (scope.id === 'bad') throw failure
    await record(scope, event)
  }
  server.get('bad').put({ type: 'pause', name: 'unheard' })
  server.get('good').put({ type: 'x' })
  await server.until(() => server.exceptions.length === 1 && server.sent.length === 1)
  assert.equal(server.exceptions[0].error, failure)
  assert.deepEqual([...server.applicationInstances.keys()], ['good'])
  assert.ok((await report()).journal.includes('unheard ended'))
})

test('an app’s next event waits until applicationSend has resolved', async (t) => {
  const { server } = run(t)
  const events = []
  let goOn
  server.applicationSend = (_scope, { event }) => {
    events.push(event.number)
    return new Promise((resolve) => (goOn = resolve))
  }
  const instance = server.get('a')
  for (const number of [0, 1, 2]) await instance.put({ type: 'x', number })
  await instance.put({ type: 'end' })
  await until(() => !instance.isOpen, 'the app has ended')
  assert.deepEqual(events, [0])
  // The app has ended, and is not removed before all is passed on.
  assert.equal(server.applicationInstances.get('a'), instance)
  for (const expected of [[0, 1], [0, 1, 2]]) {
    goOn()
    await until(() => events.length === expected.length, 'the next event')
    assert.deepEqual(events, expected)
  }
  goOn()
  await until(() => server.applicationInstances.size === 0, 'the app is removed')
})

test('by default an exception goes to the handler’s listeners of error, also one of the hook itself', async (t) => {
  const { handler, server } = run(t)
  const errors = []
  const heard = new Promise((resolve) => {
    handler.on('error', (error) => {
      errors.push(error.message)
      if (errors.length === 2) resolve()
    })
  })
  server.applicationException = StatelessServer.prototype.applicationException
  await server.get('a').put({ type: 'raise', text: 'first' })
  await until(() => server.applicationInstances.size === 0, 'the app is removed')
  server.applicationException = async () => {
    throw new Error('second')
  }
  await server.get('a').put({ type: 'raise', text: 'lost' })
  await heard
  assert.deepEqual(errors, ['Python error: ValueError: first', 'second'])
})
