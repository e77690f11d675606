'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openModel } = require('./support')

const ARRAYS = [
  [new Int8Array([-1, 2]), 'b'],
  [new Uint8ClampedArray([1, 255]), 'B'],
  [new Int16Array([-300, 300]), 'h'],
  [new Uint16Array([0, 65535]), 'H'],
  [new Int32Array([-70000, 70000]), 'i'],
  [new Uint32Array([0, 2 ** 32 - 1]), 'I'],
  [new Float32Array([0.5, -0.25]), 'f'],
  [new Float64Array([Math.PI, 1e300]), 'd'],
  [new BigInt64Array([-1n, 2n]), 'q'],
  [new BigUint64Array([1n, 2n]), 'Q'],
]

for (const [array, format] of ARRAYS) {
  test(`a ${array.constructor.name} is a memoryview in Python`, async (t) => {
    const { python } = openModel(t)
    const seen = await python.function('model:about')(array)
    assert.deepEqual(seen, ['memoryview', format, true, [...array].map((item) => smaller(item))])
    const part = await python.function('model:about')(array.subarray(1))
    assert.deepEqual(part[3], [smaller(array[1])])
  })
}

/** A number where the item is exact as one. */
const smaller = (item) => (typeof item === 'bigint' ? Number(item) : item)

test('memoryviews and arrays of Python come as typed arrays, those of bytes as Buffers', async (t) => {
  const { python } = openModel(t)
  const echo = python.function('model:echo')
  for (const [array] of ARRAYS) {
    const [[same]] = await echo(array)
    const expected = array instanceof Uint8ClampedArray ? Buffer.from(array) : array
    assert.deepEqual(same, expected)
  }
  const arrayOf = python.function('model:array_of')
  assert.deepEqual(await arrayOf('l', [1, -2]), new BigInt64Array([1n, -2n]))
  assert.deepEqual(await arrayOf('B', [1, 2]), new Uint8Array([1, 2]))
  assert.deepEqual(await arrayOf('f', []), new Float32Array(0))
})

test('a view of a single number, as numpy has them, is the number', async (t) => {
  const { python } = openModel(t)
  const single = python.function('model:single')
  assert.deepEqual(await single(new Float32Array([0.5])), [0.5, false])
  assert.deepEqual(await single(new BigInt64Array([2n ** 60n])), [2n ** 60n, false])
})

test('an array that is not contiguous is copied in its visible order', async (t) => {
  const { python } = openModel(t)
  const seen = await python.function('model:every_second')(new Float32Array([1, 2, 3, 4, 5]))
  assert.deepEqual(seen, new Float32Array([1, 3, 5]))
})

test('arrays with more dimensions, or of items that JavaScript does not have, are a TypeError', async (t) => {
  const { python } = openModel(t)
  const expected = { code: 'ERR_ASGI_PYTHON', pythonType: 'TypeError' }
  await assert.rejects(python.function('model:grid')(new Float32Array(4)), { ...expected, message: /2 dimensions/ })
  await assert.rejects(python.function('model:array_of')('u', 'ab'), { ...expected, message: /become an array/ })
  const view = new DataView(new ArrayBuffer(4))
  await assert.rejects(python.function('model:echo')(view), { code: 'ERR_ASGI_INVALID_EVENT' })
})

test("neither side sees the other's later changes to an array", async (t) => {
  const { python } = openModel(t)
  const array = new Float32Array([1, 2])
  const call = python.function('model:echo')(array)
  array[0] = 9
  const [[same]] = await call
  assert.deepEqual(same, new Float32Array([1, 2]))
})
