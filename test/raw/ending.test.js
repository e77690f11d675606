'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { core } = require('../../python-node.node')
const { isSettled } = require('../conformance/support')
const { openRaw } = require('./support')
const { until } = require('../support')

/** Connects to an app that pauses, and waits until it does. */
async function paused(handler, name, signal) {
  const connection = handler.connect({ type: 'talk' }, signal)
  await connection.send({ type: 'pause', name })
  assert.deepEqual(await connection.receive(), { type: 'pausing' })
  return connection
}

test('an app that returns ends the connection: null, from then on', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  assert.equal(connection.isOpen, true)
  const waiting = [connection.receive(), connection.receive()]
  await connection.send({ type: 'end' })
  assert.deepEqual(await Promise.all(waiting), [null, null])
  assert.equal(await connection.receive(), null)
  assert.equal(connection.isOpen, false)
  await connection.closed
  await assert.rejects(connection.send({ type: 'x' }), { name: 'AsgiError', code: 'ERR_ASGI_DISCONNECTED' })
  await connection.close()
})

test('messages that an app sent before it returned or raised can still be received', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  for (const number of [0, 1, 2]) await connection.send({ type: 'x', number })
  await connection.send({ type: 'raise', text: 'behind the rest' })
  await connection.closed
  assert.equal(connection.isOpen, false)
  for (const number of [0, 1, 2]) assert.equal((await connection.receive()).event.number, number)
  await assert.rejects(connection.receive(), { code: 'ERR_ASGI_PYTHON', message: /ValueError: behind the rest/ })
  assert.equal(await connection.receive(), null)
})

test('an app that raises: receive() rejects once with the error, then gives null', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  const waiting = [connection.receive(), connection.receive()]
  await connection.send({ type: 'raise', text: 'gone wrong' })
  const [first, second] = await Promise.allSettled(waiting)
  assert.equal(first.reason.code, 'ERR_ASGI_PYTHON')
  assert.equal(first.reason.pythonType, 'ValueError')
  assert.match(first.reason.pythonTraceback, /raw_protocol\.py.*in converse/)
  assert.deepEqual(second, { status: 'fulfilled', value: null })
  assert.equal(await connection.receive(), null)
  assert.equal(handler.stats().errors, 1)
  await connection.closed
})

test("for await gives the events and throws the app's exception", async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  for (const number of [0, 1]) await connection.send({ type: 'x', number })
  await connection.send({ type: 'raise', text: 'enough' })
  const numbers = []
  await assert.rejects(async () => {
    for await (const { event } of connection) numbers.push(event.number)
  }, { code: 'ERR_ASGI_PYTHON' })
  assert.deepEqual(numbers, [0, 1])
})

test('close() cancels the app and resolves when it has ended', async (t) => {
  const { handler, report } = openRaw(t)
  const connection = await paused(handler, 'one')
  const waiting = connection.receive()
  const closing = connection.close()
  assert.equal(connection.isOpen, false)
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(connection.close(), closing)
  assert.equal(connection.closed, closing)
  assert.equal(await waiting, null)
  await closing
  const { live, journal } = await report()
  assert.equal(live, 0)
  assert.deepEqual(journal.filter((line) => line.startsWith('one ')), ['one cancelled', 'one ended'])
  assert.equal(await connection.receive(), null)
  await assert.rejects(connection.send({ type: 'x' }), { code: 'ERR_ASGI_DISCONNECTED' })
  assert.equal(handler.stats().disconnects, 1)
})

test('an app that swallows the cancellation is waited for, and its messages are refused', async (t) => {
  const { handler, open, report } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  await connection.send({ type: 'stay', name: 'stayer', gate: 'go' })
  assert.deepEqual(await connection.receive(), { type: 'pausing' })
  const closing = connection.close()
  let before
  await until(async () => (before = await report()).journal.includes('stayer ended'), 'the app is cancelled')
  assert.equal(before.live, 1)
  assert.equal(await isSettled(closing), false)
  await open('go')
  await closing
  const { live, journal } = await report()
  assert.equal(live, 0)
  assert.deepEqual(journal.filter((line) => line.startsWith('stayer ')).slice(0, 2), [
    'stayer cancelled',
    'stayer ended',
  ])
  assert.match(journal.find((line) => /^stayer \w+ed$/.test(line) && !/cancelled|ended/.test(line)), /Disconnected$/)
  assert.equal(await connection.receive(), null)
})

test('an exception of the app after close() goes to the listeners of error', async (t) => {
  const { handler } = openRaw(t)
  const errors = []
  handler.on('error', (error) => errors.push(error))
  const connection = handler.connect({ type: 'talk' })
  await connection.send({ type: 'stay then raise', name: 'late', text: 'too late' })
  await connection.receive()
  await connection.close()
  await new Promise(setImmediate)
  assert.deepEqual(errors.map(({ code, message }) => [code, message]), [
    ['ERR_ASGI_PYTHON', 'Python error: ValueError: too late'],
  ])
})

test('a cancelled app that sends nothing is no error', async (t) => {
  const { handler } = openRaw(t)
  const errors = []
  handler.on('error', (error) => errors.push(error))
  for (const connection of [await paused(handler, 'quiet'), handler.connect({ type: 'talk' })]) await connection.close()
  await new Promise(setImmediate)
  assert.deepEqual(errors, [])
  assert.equal(handler.stats().errors, 0)
})

test('close() in the same turn as connect() leaves nothing', async (t) => {
  const { handler, report } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  await connection.close()
  assert.equal((await report()).live, 0)
})

test('close() drops events that were not received', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  await connection.send({ type: 'x' })
  await connection.send({ type: 'end' })
  await connection.closed
  await connection.close()
  assert.equal(await connection.receive(), null)
})

test('leaving for await closes the connection, when its app has ended', async (t) => {
  const { handler, report } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  await connection.send({ type: 'pause', name: 'left' })
  for await (const event of connection) {
    assert.deepEqual(event, { type: 'pausing' })
    break
  }
  assert.equal(connection.isOpen, false)
  const { live, journal } = await report()
  assert.equal(live, 0)
  assert.ok(journal.includes('left ended'))
})

test('a signal cancels the app; receive() rejects once with its reason', async (t) => {
  for (const wrap of [(signal) => signal, (signal) => ({ signal })]) {
    const { handler, report } = openRaw(t)
    const controller = new AbortController()
    const connection = await paused(handler, 'signalled', wrap(controller.signal))
    const waiting = connection.receive()
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(waiting, reason)
    assert.equal(await connection.receive(), null)
    await connection.close()
    const { live, journal } = await report()
    assert.equal(live, 0)
    assert.ok(journal.includes('signalled ended'))
  }
})

test('a signal that is aborted already refuses the connection, one that aborts later changes nothing', async (t) => {
  const { handler } = openRaw(t)
  const reason = new Error('never')
  assert.throws(() => handler.connect({ type: 'talk' }, AbortSignal.abort(reason)), reason)
  assert.throws(() => handler.connect({ type: 'talk' }, { signal: 'now' }), { code: 'ERR_ASGI_INVALID_OPTION' })
  assert.equal(handler.stats().inFlight, 0)
  const controller = new AbortController()
  const connection = handler.connect({ type: 'talk' }, controller.signal)
  await connection.send({ type: 'end' })
  await connection.closed
  controller.abort(reason)
  assert.equal(await connection.receive(), null)
})

test('handler.close() rejects waiting calls with ERR_ASGI_CLOSED and refuses new connections', async (t) => {
  const { handler } = openRaw(t)
  const witness = openRaw(t)
  const connection = await paused(handler, 'closing')
  const waiting = [connection.receive(), connection.receive()]
  const closing = handler.close({ timeout: 0 })
  assert.throws(() => handler.connect({ type: 'talk' }), { name: 'AsgiError', code: 'ERR_ASGI_CLOSED' })
  await assert.rejects(waiting[0], { code: 'ERR_ASGI_CLOSED' })
  assert.equal(await waiting[1], null)
  await assert.rejects(connection.send({ type: 'x' }), { code: 'ERR_ASGI_DISCONNECTED' })
  await closing
  await connection.closed
  const { live, journal } = await witness.report()
  assert.equal(live, 0)
  assert.ok(journal.includes('closing ended'))
})

test('handler.close() waits for connections that end in time', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'talk' })
  const closing = handler.close({ timeout: 60_000 })
  await connection.send({ type: 'x' })
  assert.equal((await connection.receive()).type, 'echo')
  await connection.send({ type: 'end' })
  assert.equal(await connection.receive(), null)
  await closing
})

test('maxConcurrency counts connections', async (t) => {
  const { handler } = openRaw(t, { maxConcurrency: 2 })
  const open = [handler.connect({ type: 'talk' }), handler.connect({ type: 'talk' })]
  assert.throws(() => handler.connect({ type: 'talk' }), { code: 'ERR_ASGI_TOO_MANY_REQUESTS' })
  await open[0].close()
  open[0] = handler.connect({ type: 'talk' })
  await Promise.all(open.map((each) => each.close()))
  assert.equal(handler.stats().inFlight, 0)
})

test('a thousand connections at once get only their own events', async (t) => {
  const { handler, report } = openRaw(t)
  const connections = Array.from({ length: 1000 }, (_, id) => handler.connect({ type: 'talk', id }))
  assert.equal(handler.stats().inFlight, 1000)
  await Promise.all(connections.map(async (connection, id) => {
    for (let number = 0; number < 5; number++) {
      await connection.send({ type: 'x', id, number })
      assert.deepEqual((await connection.receive()).event, { type: 'x', id, number })
    }
  }))
  assert.equal((await report()).live, 1000)
  await Promise.all(connections.map((connection, id) => id % 2 === 0 ? connection.send({ type: 'end' }) : undefined))
  await Promise.all(connections.map((connection, id) => id % 2 === 0 ? connection.closed : connection.close()))
  assert.equal((await report()).live, 0)
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(core.slots.live, 0)
})

test('a thousand connections, given up at any stage, leave nothing', async (t) => {
  const { handler, report } = openRaw(t)
  const ways = [
    (connection) => connection.close(),
    async (connection) => {
      await connection.send({ type: 'x' })
      await connection.close()
    },
    async (connection) => {
      await connection.send({ type: 'raise', text: 'x' })
      await assert.rejects(connection.receive(), { code: 'ERR_ASGI_PYTHON' })
    },
    async (connection) => {
      await connection.send({ type: 'x' })
      assert.equal((await connection.receive()).type, 'echo')
      await Promise.all([connection.send({ type: 'x' }), connection.close()])
    },
    async (connection, controller) => {
      const waiting = connection.receive()
      controller.abort()
      await assert.rejects(waiting, { name: 'AbortError' })
    },
    async (connection, controller) => {
      const sending = connection.send({ type: 'x', data: Buffer.alloc(2 << 20) })
      if (connection.isOpen) controller.abort()
      await sending
    },
  ]
  for (let i = 0; i < 1000; i += 50) {
    await Promise.all(Array.from({ length: 50 }, async (_, j) => {
      const controller = new AbortController()
      const connection = handler.connect({ type: 'talk' }, controller.signal)
      // The large ones are few: a batch of them would be half of what this test takes.
      await ways[j === 0 ? 5 : (i + j) % 5](connection, controller)
      await connection.close()
    }))
  }
  assert.equal((await report()).live, 0)
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(core.slots.live, 0)
})
