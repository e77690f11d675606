'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openRaw } = require('./support')

/** The event that the app returns, and the Python types in it. */
async function echoed(t, values) {
  const connection = openRaw(t).handler.connect({ type: 'echo' })
  await connection.send({ type: 'echo', ...values })
  const { event, types } = await connection.receive()
  await connection.close()
  delete event.type
  delete types.type
  return { event, types }
}

/** The result of an event that the app sends. */
async function sent(t, what) {
  const connection = openRaw(t).handler.connect({ type: 'echo' })
  await connection.send({ type: 'send', what })
  const event = await connection.receive()
  await connection.close()
  return event
}

test('values of JavaScript get the fitting Python type, and come back unchanged', async (t) => {
  const values = {
    text: 'grüße',
    int: 5,
    negative: -7,
    float: 0.5,
    large: 1e300,
    safe: Number.MAX_SAFE_INTEGER,
    inexact: 2 ** 53,
    yes: true,
    no: false,
    nothing: null,
    bytes: Buffer.from([0, 255, 128]),
    list: [1, [2, [], [[null]]], 'x', Buffer.from('y')],
    dict: { a: { b: [{}] } },
    infinity: [Infinity, -Infinity, Number.NaN],
  }
  const { event, types } = await echoed(t, values)
  assert.deepEqual(event, values)
  assert.deepEqual(types, {
    text: 'str',
    int: 'int',
    negative: 'int',
    float: 'float',
    large: 'float',
    safe: 'int',
    inexact: 'float',
    yes: 'bool',
    no: 'bool',
    nothing: 'NoneType',
    bytes: 'bytes',
    list: 'list',
    dict: 'dict',
    infinity: 'list',
  })
})

test('a bigint is an int in Python, and comes back as a bigint where a number would not be exact', async (t) => {
  const values = { huge: 10n ** 40n, negative: -(2n ** 64n), small: 5n, zero: 0n, edge: 2n ** 53n }
  const { event, types } = await echoed(t, values)
  assert.deepEqual(event, { huge: 10n ** 40n, negative: -(2n ** 64n), small: 5, zero: 0, edge: 2n ** 53n })
  assert.deepEqual(new Set(Object.values(types)), new Set(['int']))
})

test('bytes may be any view, also an empty one, and are sent without the rest of their buffer', async (t) => {
  const around = Uint8Array.from([1, 2, 3, 4, 5])
  const shared = new Uint8Array(new SharedArrayBuffer(2))
  const values = { part: around.subarray(1, 3), empty: Buffer.alloc(0), shared, alone: new Uint8Array([9]) }
  const { event, types } = await echoed(t, values)
  assert.deepEqual(event, {
    part: Buffer.from([2, 3]),
    empty: Buffer.alloc(0),
    shared: Buffer.from([0, 0]),
    alone: Buffer.from([9]),
  })
  assert.deepEqual(new Set(Object.values(types)), new Set(['bytes']))
})

test('every byte and a megabyte of them arrive', async (t) => {
  const values = {
    all: Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    much: Buffer.alloc(1e6, 'ab'),
  }
  const { event } = await echoed(t, values)
  assert.ok(event.all.equals(values.all))
  assert.ok(event.much.equals(values.much))
})

test('text of any kind arrives: lone surrogates, NUL, line separators, quotes', async (t) => {
  const values = { lone: '\ud800', reversed: '\udc00\ud83d', nul: 'a\0b', separator: '\u2028\u2029', quotes: '"\\\'' }
  const { event } = await echoed(t, { ...values, 'kéy "\ud800"': '😀', '': 'empty' })
  assert.deepEqual(event, { ...values, 'kéy "\ud800"': '😀', '': 'empty' })
})

test('a key named __proto__ is a key like others, in both directions', async (t) => {
  const { event } = await echoed(t, JSON.parse('{"__proto__": {"polluted": true}, "in": {"__proto__": 1}}'))
  assert.deepEqual(Object.keys(event), ['__proto__', 'in'])
  assert.equal(Object.getPrototypeOf(event), Object.prototype)
  assert.deepEqual(Object.keys(event.in), ['__proto__'])
  assert.equal(event.polluted, undefined)
  const answer = await sent(t, 'proto')
  assert.deepEqual(Object.keys(answer), ['type', '__proto__', 'constructor'])
  assert.equal(answer.polluted, undefined)
})

test('undefined is left out of objects and is None in lists', async (t) => {
  const list = [undefined]
  // A hole is undefined too.
  list[2] = 1
  const { event, types } = await echoed(t, { gone: undefined, in: { gone: undefined, here: 1 }, list })
  assert.deepEqual(event, { in: { here: 1 }, list: [null, null, 1] })
  assert.deepEqual(Object.keys(types), ['in', 'list'])
})

test('objects without a prototype, and the same object twice, are no problem', async (t) => {
  const twice = { a: 1 }
  const { event } = await echoed(t, { bare: Object.assign(Object.create(null), { x: 1 }), twice: [twice, { twice }] })
  assert.deepEqual(event, { bare: { x: 1 }, twice: [{ a: 1 }, { twice: { a: 1 } }] })
})

test('lists that look like how values are carried stay lists', async (t) => {
  const values = { lists: [['b', 'AA=='], ['i', '1'], ['f', 'nan'], ['l', 1], ['x'], []] }
  const { event } = await echoed(t, values)
  assert.deepEqual(event, values)
  assert.deepEqual(await sent(t, 'lists'), { type: 't', value: [['l', 1], ['b', 'AA=='], ['i', '1'], [], [[]], {}] })
})

test('values of Python get the fitting JavaScript type: tuples arrays, bytes Buffers, large ints bigints', async (t) => {
  const values = {
    tuple: [1, [2, [3]], []],
    large: [2 ** 53 - 1, 2n ** 53n, -(2n ** 53n), 2n ** 80n, -(2n ** 80n)],
    floats: [Infinity, -Infinity, Number.NaN, 0.5, 1e300, 2],
    views: [Buffer.from([0, 255]), Buffer.from('ab'), Buffer.alloc(0)],
  }
  for (const [what, value] of Object.entries(values)) assert.deepEqual(await sent(t, what), { type: 't', value }, what)
  assert.deepEqual(await sent(t, 'text'), { type: 't', value: '\ud800 😀 \0 \u2028', é: null })
})

test('a value of an unsupported type raises a TypeError in send(), and the connection goes on', async (t) => {
  const texts = {
    object: /a message can hold .* got 'object'/,
    set: /got 'set'/,
    key: /keys must be str, got 'int'/,
    'inner key': /keys must be str, got 'bytes'/,
    list: /send\(\) expects a dict, got 'list'/,
    nothing: /expects a dict, got 'NoneType'/,
    'text alone': /expects a dict, got 'str'/,
  }
  const connection = openRaw(t).handler.connect({ type: 'echo' })
  for (const [what, text] of Object.entries(texts)) {
    await connection.send({ type: 'send', what })
    const event = await connection.receive()
    assert.deepEqual([event.type, event.error], ['refused', 'TypeError'], what)
    assert.match(event.text, text)
  }
  await connection.send({ type: 'still there' })
  assert.equal((await connection.receive()).type, 'echo')
  await connection.close()
})

class Point {
  x = 1
}

const cycle = { type: 'x' }
cycle.inside = [cycle]

const INVALID = {
  function: () => undefined,
  symbol: Symbol('s'),
  Map: new Map(),
  Set: new Set(),
  Date: new Date(0),
  RegExp: /x/,
  Error: new Error('x'),
  Promise: Promise.resolve(),
  Point: new Point(),
  String: Object('x'),
  ArrayBuffer: new ArrayBuffer(1),
  DataView: new DataView(new ArrayBuffer(1)),
  cycle,
}

for (const [name, value] of Object.entries(INVALID)) {
  test(`an event with a ${name} is refused, and the connection goes on`, async (t) => {
    const connection = openRaw(t).handler.connect({ type: 'echo' })
    const code = 'ERR_ASGI_INVALID_EVENT'
    await assert.rejects(connection.send({ type: 'x', value }), { name: 'AsgiError', code })
    await assert.rejects(connection.send({ type: 'x', value: { in: [value] } }), { code })
    await connection.send({ type: 'good' })
    assert.deepEqual((await connection.receive()).event, { type: 'good' })
    await connection.close()
  })
}

test('an event is an object with a type, and so is a scope', async (t) => {
  const { handler } = openRaw(t)
  const connection = handler.connect({ type: 'echo' })
  for (const event of [undefined, null, 'x', 5, [], {}, { type: 5 }, { type: null }, () => undefined]) {
    await assert.rejects(connection.send(event), { code: 'ERR_ASGI_INVALID_EVENT', message: /^Invalid event: / })
    assert.throws(() => handler.connect(event), { code: 'ERR_ASGI_INVALID_EVENT', message: /^Invalid scope: / })
  }
  assert.throws(() => handler.connect({ type: 'x', when: new Date(0) }), { code: 'ERR_ASGI_INVALID_EVENT' })
  await connection.close()
  assert.equal(handler.stats().inFlight, 0)
})

test('the scope arrives unchanged, with asgi if it is missing', async (t) => {
  const { ask } = openRaw(t)
  const { scope, types } = await ask({ type: 'scope', client: ['127.0.0.1', 5000], id: Buffer.from('x'), n: 2n ** 70n })
  const asgi = { version: '3.0', spec_version: '1.0' }
  assert.deepEqual(scope, { asgi, type: 'scope', client: ['127.0.0.1', 5000], id: Buffer.from('x'), n: 2n ** 70n })
  assert.deepEqual(types, { asgi: 'dict', type: 'str', client: 'list', id: 'bytes', n: 'int' })
  const own = await ask({ type: 'scope', asgi: { version: '3.0', spec_version: '9.9' } })
  assert.deepEqual(own.scope.asgi, { version: '3.0', spec_version: '9.9' })
})

test('the keys of the option scope are in this scope too, unless it has them', async (t) => {
  const { ask } = openRaw(t, { scope: { tenant: 'a', when: new Date(0) } })
  const { scope } = await ask({ type: 'scope' })
  assert.deepEqual([scope.tenant, scope.when], ['a', '1970-01-01T00:00:00.000Z'])
  assert.equal((await ask({ type: 'scope', tenant: 'b' })).scope.tenant, 'b')
})
