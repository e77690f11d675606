'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('../support')

test('integers of thousands of digits arrive, both ways', async (t) => {
  const connection = openApp(t, 'raw_protocol').connect({ type: 'talk' })
  for (const large of [10n ** 5000n, -(10n ** 5000n), 2n ** 53n, -(2n ** 53n)]) {
    await connection.send({ type: 'value', value: large })
    const { event } = await connection.receive()
    assert.ok(BigInt(event.value) === large, `2^${large.toString(2).length}`)
  }
})

test('values too deep for Python are refused where they are sent', async (t) => {
  const connection = openApp(t, 'raw_protocol').connect({ type: 'talk' })
  const nested = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  await connection.send({ type: 'value', value: nested(190) })
  assert.deepEqual((await connection.receive()).event.value, nested(190))
  await assert.rejects(connection.send({ type: 'value', value: nested(201) }), { code: 'ERR_ASGI_INVALID_EVENT' })
  await assert.rejects(connection.send({ type: 'value', value: nested(5000) }), { code: 'ERR_ASGI_INVALID_EVENT' })
})

test('an app that goes on receiving after it was cancelled gets an error, and ends', async (t) => {
  const handler = openApp(t, 'raw_protocol')
  const connection = handler.connect({ type: 'stubborn' })
  await connection.receive()
  await connection.close()
  assert.equal(handler.stats().inFlight, 0)
})
