'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler: AddonHandler, core } = require('../../python-node.node')
const { Request } = require('../..')
const { WAYS, answerOf, docroot, driver, open, textOf } = require('./support')

const syncText = (handler, url) => handler.handleRequestSync({ url }).body.toString()

/** Notes each whole answer at the moment at which it comes. */
function noteAnswers(t) {
  const notes = []
  const { onComplete, onEnd } = core.BufferedExchange.prototype
  const note = (original) =>
    function noting(...args) {
      const { resolve } = this
      this.resolve = (response) => {
        notes.push(response.body.toString())
        resolve(response)
      }
      return original.apply(this, args)
    }
  t.mock.method(core.BufferedExchange.prototype, 'onComplete', note(onComplete))
  t.mock.method(core.BufferedExchange.prototype, 'onEnd', note(onEnd))
  return notes
}

for (const way of WAYS) {
  test(`handleRequestSync waits for anything that the app waits for: ${way}`, (t) => {
    const handler = open(t, 'answers_when')
    for (let round = 0; round < 5; round++) {
      assert.equal(syncText(handler, `/${way}/round ${round}`.replace(' ', '%20')), answerOf(way, `round ${round}`))
    }
  })

  test(`other requests in flight are answered after handleRequestSync, not during it: ${way}`, async (t) => {
    const notes = noteAnswers(t)
    const handler = new AddonHandler('answers_when:app', { docroot, ...driver })
    t.after(() => handler.close({ timeout: 0 }))
    await handler.ready()
    const names = WAYS.map((each) => answerOf(each, each))
    for (let round = 0; round < 3; round++) {
      notes.length = 0
      const pending = WAYS.map((each) => handler.handleRequest({ url: `/${each}/${each}` }))
      const expected = answerOf(way, 'sync')
      assert.equal(syncText(handler, `/${way}/sync`), expected)
      assert.deepEqual(notes, [expected])
      const bodies = (await Promise.all(pending)).map(({ body }) => body.toString())
      assert.deepEqual(bodies, names)
      assert.deepEqual(notes.slice().sort(), [expected, ...names].sort())
    }
    assert.equal(handler.stats().inFlight, 0)
  })
}

test('several synchronous requests go between the pieces of a stream', async (t) => {
  const handler = open(t, 'answers_when')
  const response = await handler.handleStream({ url: '/chunks/abcdef' })
  let text = ''
  for await (const chunk of response) {
    text += chunk
    for (const way of WAYS) assert.equal(syncText(handler, `/${way}/${text}`), answerOf(way, text))
  }
  assert.equal(text, 'abcdef')
})

test('synchronous requests can release a request that waits', async (t) => {
  const handler = open(t, 'gated')
  const held = handler.handleRequest({ url: '/hold/by-sync' })
  assert.equal(handler.handleRequestSync({ url: '/go/by-sync' }).status, 200)
  assert.equal(handler.handleRequestSync({ url: '/go/by-sync' }).status, 200)
  assert.equal((await held).body.toString(), 'firstsecond')
})

test('a synchronous request made in a promise, a timer and a microtask is answered there', async (t) => {
  const handler = open(t, 'answers_when')
  const results = []
  const ask = (name) => results.push(syncText(handler, `/timer/${name}`))
  const pending = textOf(handler, '/timer/pending')
  await new Promise((resolve) => setImmediate(() => resolve(ask('immediate'))))
  await new Promise((resolve) => setTimeout(() => resolve(ask('timeout')), 1))
  await new Promise((resolve) => process.nextTick(() => resolve(ask('tick'))))
  await new Promise((resolve) => queueMicrotask(() => resolve(ask('microtask'))))
  await textOf(handler, '/turn/x').then(() => ask('then'))
  assert.deepEqual(results, ['immediate', 'timeout', 'tick', 'microtask', 'then'])
  assert.equal(await pending, 'pending')
})

test('a synchronous request has a body of any size, and so has its answer', (t) => {
  const handler = open(t, 'echo_stream')
  for (const size of [0, 1, 65536, 5000000]) {
    const body = Buffer.alloc(size, 'python-node')
    assert.ok(handler.handleRequestSync({ method: 'POST', url: '/', body }).body.equals(body))
  }
})

test('a synchronous request is answered after a long batch that has not been started', async (t) => {
  const handler = open(t, 'keeps_busy')
  await handler.ready()
  const pending = Array.from({ length: 64 }, () => textOf(handler, '/busy/0.5'))
  assert.equal(syncText(handler, '/steps/3'), '3')
  for (const text of await Promise.all(pending)) assert.equal(text, '0.5')
})

test("handleRequestSync throws the app's exception, and goes on", (t) => {
  const handler = open(t, 'answers_when')
  for (let round = 0; round < 3; round++) {
    assert.throws(() => handler.handleRequestSync({ url: '/fails/sync' }), {
      code: 'ERR_ASGI_PYTHON',
      message: 'Python error: ValueError: sync',
    })
    assert.equal(syncText(handler, '/thread/on'), 'ON')
  }
})

test('handleRequestSync gives up when the time for the response is over, and the app is notified', async (t) => {
  const handler = open(t, 'notice_disconnect', { responseTimeout: 50 })
  const others = open(t, 'notice_disconnect')
  const pending = others.handleStream({ url: '/stream/beside-timeout' })
  assert.throws(() => handler.handleRequestSync({ url: '/wait/sync-on-node' }), { code: 'ERR_ASGI_NO_RESPONSE' })
  assert.equal(await textOf(others, '/seen/sync-on-node'), 'http.disconnect')
  const response = await pending
  assert.equal((await response.next()).toString(), 'first')
  response.destroy()
  assert.equal(await textOf(others, '/seen/beside-timeout'), 'http.disconnect')
  assert.deepEqual([handler.stats().inFlight, others.stats().inFlight], [0, 0])
})

test('an answer that came during a synchronous request is not too late', async (t) => {
  const handler = open(t, 'answers_when', { responseTimeout: 50 })
  await handler.ready()
  for (let round = 0; round < 5; round++) {
    const pending = textOf(handler, '/now/in time')
    assert.throws(() => handler.handleRequestSync({ url: '/never/' }), { code: 'ERR_ASGI_NO_RESPONSE' })
    // Node looks at its timers first.
    await new Promise((resolve) => setTimeout(resolve, 1))
    assert.equal(await pending, 'in time')
  }
})

test('handleRequestSync waits for a startup that takes its time', async (t) => {
  const handler = open(t, 'starts_late')
  assert.equal(syncText(handler, '/'), 'started')
  assert.equal(await textOf(handler, '/'), 'started')
  await handler.close()
})

test('handleRequestSync refuses a request whose body is not complete', async (t) => {
  const handler = open(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  await request.write('one')
  assert.throws(() => handler.handleRequestSync(request), { code: 'ERR_ASGI_BODY_INCOMPLETE' })
  assert.equal(handler.handleRequestSync({ method: 'POST', url: '/', body: 'two' }).body.toString(), 'two')
})

test('handleRequestSync answers while a task gives way for ever and a thread computes', async (t) => {
  const handler = open(t, 'keeps_busy')
  await textOf(handler, '/spin/sync')
  await textOf(handler, '/burn/sync')
  for (let round = 0; round < 10; round++) assert.equal(syncText(handler, `/steps/${round}`), `${round}`)
  assert.equal(syncText(handler, '/cool/sync'), 'True')
  assert.equal(syncText(handler, '/stop/sync'), 'True')
})
