'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { kwargs } = require('../..')
const { openApp } = require('../support')
const { openModel } = require('./support')

/** Bytes from which values go in memory of their own. */
const APART = 16 << 10

/** Bytes that are not all the same. */
const filled = (length) => Buffer.from(Uint8Array.from({ length }, (_, index) => index * 31))

for (const options of [{}, { inline: true }]) {
  const title = options.inline ? 'an inline def' : 'a def'

  test(`${title} is given bytes and arrays of any size, and gives them back`, async (t) => {
    const echo = openModel(t).python.function('model:echo', options)
    for (const length of [0, 8, APART - 8, APART, APART + 8, 3 << 20]) {
      const bytes = filled(length)
      const floats = new Float64Array(bytes.buffer, bytes.byteOffset, length / 8)
      const [args, names] = await echo(bytes, [floats], kwargs({ again: bytes, small: filled(5) }))
      assert.ok(args[0].equals(bytes), `${length} bytes`)
      assert.ok(Buffer.from(args[1][0].buffer, args[1][0].byteOffset, args[1][0].byteLength).equals(bytes))
      assert.equal(args[1][0].constructor, Float64Array)
      assert.ok(names.again.equals(bytes) && names.small.equals(filled(5)))
    }
  })

  test(`${title} sees large arguments as they were when it was called`, async (t) => {
    const echo = openModel(t).python.function('model:echo', options)
    const array = new Float32Array(APART).fill(1)
    const call = echo(array, array.subarray(1))
    array.fill(2)
    const [[all, part]] = await call
    assert.ok(all.every((item) => item === 1) && part.every((item) => item === 1))
    // The result has its own memory.
    all[0] = 5
    assert.equal(part[0], 1)
  })
}

test('large arrays are read-only memoryviews, and those that are not contiguous are copied as they are seen', async (t) => {
  const { python } = openModel(t)
  const array = Float32Array.from({ length: 2 * APART }, (_, index) => index)
  const [name, format, isReadOnly, items] = await python.function('model:about')(array)
  assert.deepEqual([name, format, isReadOnly, items.length, items.at(-1)], ['memoryview', 'f', true, 2 * APART, 32767])
  const seen = await python.function('model:every_second')(array)
  assert.deepEqual(seen, array.filter((_, index) => index % 2 === 0))
})

test('lists and text of any size arrive', async (t) => {
  const echo = openModel(t).python.function('model:echo', { inline: true })
  for (const length of [255, 256, APART, 100_000]) {
    for (const piece of ['x', 'ü', '😀', '\ud800']) {
      const text = piece.repeat(length)
      assert.ok((await echo(text))[0][0] === text, `${length} of ${JSON.stringify(piece)}`)
    }
    const list = Array.from({ length }, (_, index) => index / 2)
    assert.deepEqual((await echo(list))[0][0], list)
  }
})

test('values of all kinds arrive wherever the memory of the writer ends', async (t) => {
  const echo = openModel(t).python.function('model:echo', { inline: true })
  const values = [null, true, false, 1, -70_000, 2 ** 40, 0.5, 2n ** 70n, 'short', 'ü', Buffer.from([1]), [[]], {
    a: {},
  }]
  for (let length = 3960; length < 4100; length++) {
    const [args] = await echo('x'.repeat(length), ...values)
    assert.deepEqual(args.slice(1), values, `behind ${length} characters`)
  }
})

test('a generator of large values waits when they are not taken, and gives all', async (t) => {
  const { python, told } = openModel(t, { highWaterMark: 1000 })
  const iterator = await python.function('model:chunks')(5 * APART)
  const ahead = []
  for (let turn = 0; turn < 50; turn++) ahead.push(...await told())
  assert.ok(ahead.length <= 2, `${ahead.length} values ahead`)
  for (let count = 0; count < 5; count++) assert.equal((await iterator.next()).value.length, 5 * APART)
  await iterator.return()
})

test('a call with large arguments waits for the app’s start, and one that is given up meanwhile is not made', async (t) => {
  const { python, told } = openModel(t)
  const controller = new AbortController()
  const chunks = python.function('model:remember', { inline: true })
  const given = chunks.with({ signal: controller.signal })(filled(APART), 'given up')
  const call = chunks(filled(APART), 'called')
  controller.abort(new Error('enough'))
  await assert.rejects(given, /enough/)
  assert.equal(await call, APART)
  assert.equal((await told()).at(-1), 'called')
})

test('events of connect and scopes hold large values too', async (t) => {
  const connection = openApp(t, 'raw_protocol').connect({ type: 'talk', large: filled(2 * APART) })
  const value = [filled(APART), new Int32Array(APART).fill(-7), { inside: filled(3 << 20) }]
  await connection.send({ type: 'value', value })
  const { event } = await connection.receive()
  assert.deepEqual(event.value, value)
  await connection.close()
})

test('an array whose memory was given away rejects the call', async (t) => {
  const { python } = openModel(t)
  const array = new Float32Array(APART)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  await assert.rejects(python.function('model:echo')(array), { name: 'TypeError' })
})
