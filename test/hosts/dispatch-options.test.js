'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const { openApp } = require('../support')
const { GET, POST, newer, older, whole } = require('./notes')
const { headerOf } = require('./support')

const BODIES = [
  ['a string', () => 'caf\u00e9', 'café'],
  ['a Buffer', () => Buffer.from('buffer'), 'buffer'],
  ['a Uint8Array', () => new Uint8Array(Buffer.from('-bytes-')).subarray(1, 6), 'bytes'],
  ['an ArrayBuffer', () => new Uint8Array([97, 98]).buffer, 'ab'],
  ['a Readable', () => Readable.from(['a', Buffer.from('b')]), 'ab'],
  ['a ReadableStream', () => Readable.toWeb(Readable.from([Buffer.from('web')])), 'web'],
  ['an iterable', () => ['a', Buffer.from('b')], 'ab'],
  ['an async iterable', () =>
    (async function* () {
      yield new Uint8Array([97])
      yield 'b'
    })(), 'ab'],
  ['a Blob', () => new Blob(['blob'], { type: 'text/plain' }), 'blob'],
  ['null', () => null, ''],
]

for (const [name, make, expected] of BODIES) {
  test(`the body may be ${name}`, async (t) => {
    const notes = await whole(openApp(t, 'echo_stream').dispatcher(), { ...POST, body: make() })
    assert.equal(Buffer.from(notes.body, 'latin1').toString(), expected)
  })
}

test('a body that is whole has a length, and the type that it brings', async (t) => {
  const dispatcher = openApp(t, 'dump_scope').dispatcher()
  const lengths = async (options, name = 'content-length') => {
    return headerOf(JSON.parse((await whole(dispatcher, options)).body), name)
  }
  assert.deepEqual(await lengths({ ...POST, body: 'caf\u00e9' }), ['5'])
  assert.deepEqual(await lengths(POST), ['0'])
  assert.deepEqual(await lengths(GET), [])
  assert.deepEqual(await lengths({ ...POST, body: ['a'] }), [])
  assert.deepEqual(await lengths({ ...POST, body: 'a', headers: { 'Content-Length': '1' } }), ['1'])
  assert.deepEqual(await lengths({ ...POST, body: new Blob(['a'], { type: 'text/csv' }) }, 'content-type'), [
    'text/csv',
  ])
})

const HEADERS = [
  ['a flat list', ['X-A', '1', 'x-b', 'caf\xe9', 'X-A', '2']],
  ['a flat list of Buffers', ['X-A', '1', 'x-b', 'caf\xe9', 'X-A', '2'].map((each) => Buffer.from(each, 'latin1'))],
  ['an object', { 'X-A': ['1', '2'], 'x-b': 'caf\xe9', 'x-none': undefined }],
  ['an iterable', new Map([['X-A', ['1', '2']], ['x-b', 'caf\xe9']])],
  ['a list of pairs', [['x-a', '1'], ['x-b', 'caf\xe9'], ['x-a', '2']]],
]

for (const [name, headers] of HEADERS) {
  test(`headers may be ${name}`, async (t) => {
    const scope = JSON.parse((await whole(openApp(t, 'dump_scope').dispatcher(), { ...GET, headers })).body)
    assert.deepEqual(headerOf(scope, 'x-a'), ['1', '2'])
    assert.deepEqual(headerOf(scope, 'x-b'), ['caf\xe9'])
    assert.deepEqual(headerOf(scope, 'x-none'), [])
    assert.deepEqual(scope.headers[0], [{ bytes: 'host' }, { bytes: 'python.internal' }])
  })
}

test('a host header that is given stays, and the origin may be a URL', async (t) => {
  const options = { ...GET, origin: new URL('https://[::1]:8443'), headers: { Host: 'other.example' } }
  const scope = JSON.parse((await whole(openApp(t, 'dump_scope').dispatcher(), options)).body)
  assert.deepEqual(headerOf(scope, 'host'), ['other.example'])
  assert.deepEqual(scope.server, ['::1', 8443])
  assert.equal(scope.scheme, 'https')
})

test('the option query is appended to the path', async (t) => {
  const dispatcher = openApp(t, 'dump_scope').dispatcher()
  const options = { ...GET, path: '/a', query: { q: 'x y', list: ['1', '2'] } }
  assert.deepEqual(JSON.parse((await whole(dispatcher, options)).body).query_string, { bytes: 'q=x%20y&list=1&list=2' })
  const twice = await whole(dispatcher, { ...options, path: '/a?b' })
  assert.equal(twice.failed[0].code, 'ERR_ASGI_INVALID_URL')
})

const REFUSED = [
  ['an upgrade', { ...GET, upgrade: 'websocket' }, 'ERR_ASGI_INVALID_OPTION', /upgrade.*handleStream/],
  ['CONNECT', { ...GET, method: 'CONNECT' }, 'ERR_ASGI_INVALID_OPTION', /CONNECT/],
  ['no options', null, 'ERR_ASGI_INVALID_OPTION', /options/],
  ['no origin', { path: '/', method: 'GET' }, 'ERR_ASGI_INVALID_URL', /origin/],
  ['another protocol', { ...GET, origin: 'ftp://python.internal' }, 'ERR_ASGI_INVALID_URL', /ftp/],
  ['no path', { ...GET, path: undefined }, 'ERR_ASGI_INVALID_URL', /path/],
  ['a relative path', { ...GET, path: 'a' }, 'ERR_ASGI_INVALID_URL', /URL/],
  ['a method that is none', { ...GET, method: 'a b' }, 'ERR_ASGI_INVALID_METHOD', /method/],
  ['a header that is none', { ...GET, headers: { 'a b': '1' } }, 'ERR_ASGI_INVALID_HEADER_NAME', /a b/],
  ['a value with a line end', { ...GET, headers: { a: '1\r\n' } }, 'ERR_ASGI_INVALID_HEADER_VALUE', /value/],
  ['half a pair', { ...GET, headers: ['a'] }, 'ERR_ASGI_INVALID_OPTION', /odd/],
  ['headers in a string', { ...GET, headers: 'a: b' }, 'ERR_ASGI_INVALID_OPTION', /headers/],
  ['a body that is a number', { ...POST, body: 5 }, 'ERR_ASGI_INVALID_BODY', /body/],
]

for (const [name, options, code, message] of REFUSED) {
  test(`${name} is refused through the handler's callback`, async (t) => {
    const dispatcher = openApp(t, 'hello').dispatcher()
    for (const make of [older, newer]) {
      const notes = make()
      assert.equal(dispatcher.dispatch(options, notes.handler), false)
      assert.equal(notes.failed[0].code, code)
      assert.match(notes.failed[0].message, message)
    }
  })
}

test('an invalid chunk of an upload fails the request', async (t) => {
  const notes = await whole(openApp(t, 'notice_disconnect').dispatcher(), { ...POST, path: '/upload/chunk', body: [5] })
  assert.equal(notes.failed[0].code, 'ERR_ASGI_INVALID_BODY')
})

test('an answer before the end of the upload destroys the stream', async (t) => {
  const body = new Readable({ read() {} })
  body.push('some')
  const closed = once(body, 'close')
  const notes = await whole(openApp(t, 'answer_early').dispatcher(), { ...POST, body })
  assert.equal(notes.body, 'early')
  await closed
})
