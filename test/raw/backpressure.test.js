'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { isSettled } = require('../conformance/support')
const { openRaw } = require('./support')

const COUNT = 200
const SIZE = 300
const highWaterMark = 1900
/** How many unread events exceed highWaterMark: each has SIZE bytes and some more. */
const FULL = 6

/** Receives events of flood and asserts that none is missing. */
async function receive(connection, from, to) {
  for (let number = from; number < to; number++) {
    assert.deepEqual(await connection.receive(), { type: 'drop', number, data: 'x'.repeat(SIZE) })
  }
}

/** Waits until an app has sent that many events, and asserts that it does not go on. */
async function stopsAt(report, name, count) {
  let sent
  do sent = (await report()).flooded[name] ?? 0
  while (sent < count)
  assert.equal(sent, count)
  assert.equal((await report()).flooded[name], count)
}

test('an app that floods waits at highWaterMark until its messages are received', async (t) => {
  const { handler, report } = openRaw(t, { highWaterMark })
  const connection = handler.connect({ type: 'flood', name: 'one', count: COUNT, size: SIZE })
  await stopsAt(report, 'one', FULL)
  await receive(connection, 0, 3)
  await stopsAt(report, 'one', FULL + 3)
  await receive(connection, 3, COUNT)
  assert.equal(await connection.receive(), null)
  assert.equal((await report()).flooded.one, COUNT)
})

test('an app that waits for room goes on alone: others have room of their own', async (t) => {
  const { handler, report } = openRaw(t, { highWaterMark })
  const slow = handler.connect({ type: 'flood', name: 'slow', count: COUNT, size: SIZE })
  const quick = handler.connect({ type: 'flood', name: 'quick', count: COUNT, size: SIZE })
  await receive(quick, 0, COUNT)
  assert.equal(await quick.receive(), null)
  const { flooded } = await report()
  assert.ok(flooded.slow * SIZE <= highWaterMark + SIZE, `${flooded.slow} events`)
  await slow.close()
})

test('closing frees an app that waits for room', async (t) => {
  const { handler, report } = openRaw(t, { highWaterMark })
  const connection = handler.connect({ type: 'flood', name: 'freed', count: COUNT, size: SIZE })
  await connection.receive()
  await connection.close()
  const { live, flooded } = await report()
  assert.equal(live, 0)
  assert.ok(flooded.freed < COUNT)
})

test('send() resolves late when the app does not receive, beyond a mebibyte', async (t) => {
  const { handler, ask, open } = openRaw(t)
  const connection = handler.connect({ type: 'late', gate: 'taking' })
  assert.deepEqual(await connection.receive(), { type: 'waiting' })
  const data = Buffer.alloc(200_000)
  const sends = []
  for (let i = 0; i < 12; i++) sends.push(connection.send({ type: 'data', data }))
  // A way there and back: the app has had every chance to receive.
  await ask({ type: 'scope' })
  const settled = await Promise.all(sends.map(isSettled))
  assert.deepEqual(settled, Array.from({ length: 12 }, (_, number) => (number + 1) * data.length < 2 ** 20))
  await open('taking')
  await Promise.all(sends)
  await connection.send({ type: 'end' })
  assert.deepEqual(await connection.receive(), { type: 'taken', bytes: 12 * data.length })
  assert.equal(await connection.receive(), null)
})

test('send() that waits for room resolves when the connection is closed', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'late', gate: 'never' })
  const sending = connection.send({ type: 'data', data: Buffer.alloc(2 << 20) })
  assert.equal(await isSettled(sending), false)
  await connection.close()
  await sending
  await assert.rejects(connection.send({ type: 'data', data: Buffer.alloc(1) }), { code: 'ERR_ASGI_DISCONNECTED' })
})
