'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Headers } = require('..')

test('names are case-insensitive and kept lower-case', () => {
  const headers = new Headers({ 'Content-Type': 'text/plain' })
  assert.equal(headers.get('content-type'), 'text/plain')
  assert.equal(headers.get('CONTENT-TYPE'), 'text/plain')
  assert.deepEqual(headers.keys(), ['content-type'])
  assert.equal(headers.has('Content-type'), true)
  assert.equal(headers.delete('CONTENT-TYPE'), true)
  assert.equal(headers.has('content-type'), false)
})

test('B15 B16 values of one name keep their order, and entries the order in which they were added', () => {
  const headers = new Headers({ b: '1', a: ['2', '3'] })
  headers.add('b', '4')
  assert.deepEqual(headers.entries(), [['b', '1'], ['a', '2'], ['a', '3'], ['b', '4']])
  assert.deepEqual(headers.getAll('b'), ['1', '4'])
  assert.deepEqual(headers.values(), ['1', '2', '3', '4'])
  assert.deepEqual(headers.keys(), ['b', 'a', 'a', 'b'])
})

test('get gives the last value, getLine all of them, and both null without', () => {
  const headers = new Headers({ accept: ['a', 'b'] })
  assert.equal(headers.get('accept'), 'b')
  assert.equal(headers.getLine('accept'), 'a,b')
  assert.equal(headers.get('x'), null)
  assert.equal(headers.getLine('x'), null)
  assert.deepEqual(headers.getAll('x'), [])
})

test('size counts names', () => {
  const headers = new Headers({ a: ['1', '2'], b: '3' })
  assert.equal(headers.size, 2)
  headers.clear()
  assert.equal(headers.size, 0)
})

test('set replaces at the position of the name and returns whether it existed', () => {
  const headers = new Headers({ a: '1', b: '2', c: '3' })
  headers.add('b', '4')
  assert.equal(headers.set('B', ['5', '6']), true)
  assert.deepEqual(headers.entries(), [['a', '1'], ['b', '5'], ['b', '6'], ['c', '3']])
  assert.equal(headers.set('d', '7'), false)
  assert.equal(headers.add('d', '8'), true)
  assert.equal(headers.add('e', '9'), false)
  assert.equal(headers.delete('nothing'), false)
  assert.equal(headers.set('d', []), true)
  assert.equal(headers.has('d'), false)
})

test('a Headers, an iterable of pairs and a web-standard Headers can be copied', () => {
  const first = new Headers([['A', '1'], ['a', '2']])
  const copy = new Headers(first)
  copy.add('a', '3')
  assert.deepEqual(first.getAll('a'), ['1', '2'])
  assert.deepEqual(copy.getAll('a'), ['1', '2', '3'])
  assert.equal(new Headers(new globalThis.Headers({ x: 'y' })).get('x'), 'y')
})

test('iteration and forEach give one entry for each value', () => {
  const headers = new Headers({ a: ['1', '2'] })
  assert.deepEqual([...headers], [['a', '1'], ['a', '2']])
  const seen = []
  headers.forEach((value, name, all) => seen.push(value, name, all === headers))
  assert.deepEqual(seen, ['1', 'a', true, '2', 'a', true])
})

test('toJSON gives a string for one value and an array for several', () => {
  const headers = new Headers({ a: '1', b: ['2', '3'] })
  assert.equal(JSON.stringify(headers), '{"a":"1","b":["2","3"]}')
  assert.equal(new Headers([['__proto__', 'x']]).toJSON().__proto__, 'x')
})

test('numbers are taken as their text, and an undefined value is no header', () => {
  const headers = new Headers({ 'content-length': 5, accept: undefined })
  assert.equal(headers.get('content-length'), '5')
  assert.equal(headers.has('accept'), false)
})

for (const name of ['', 'a b', 'a:b', 'a\r\nb', 'é', ':path']) {
  test(`a name that HTTP forbids throws: ${JSON.stringify(name)}`, () => {
    const headers = new Headers()
    const expected = { code: 'ERR_ASGI_INVALID_HEADER_NAME', message: /^Invalid header name: / }
    assert.throws(() => headers.set(name, 'x'), expected)
    assert.throws(() => headers.add(name, 'x'), expected)
    assert.throws(() => new Headers([[name, 'x']]), expected)
  })
}

for (const value of ['a\r\nb', 'a\nb', 'a\0b', 'Ā', undefined, null]) {
  test(`a value that HTTP forbids throws and changes nothing: ${JSON.stringify(value)}`, () => {
    const headers = new Headers({ a: '1' })
    const expected = { code: 'ERR_ASGI_INVALID_HEADER_VALUE', message: /^Invalid header value: / }
    assert.throws(() => headers.set('a', ['2', value]), expected)
    assert.throws(() => headers.add('a', value), expected)
    assert.deepEqual(headers.getAll('a'), ['1'])
  })
}

test('octets above 0x7f are allowed in values', () => {
  assert.equal(new Headers({ x: 'caf\xe9' }).get('x'), 'caf\xe9')
})
