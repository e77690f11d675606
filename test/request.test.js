'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Headers, Request } = require('..')

test('a request without options, or without a url, is refused', () => {
  assert.throws(() => new Request(), {
    code: 'ERR_ASGI_MISSING_OPTIONS',
    message: 'Missing `options` argument: expected an object with a `url`',
  })
  assert.throws(() => new Request({}), {
    code: 'ERR_ASGI_MISSING_FIELD',
    message: 'Missing field `url`: expected an absolute URL or a path',
  })
})

for (const url of ['', 'http://', 'http://[', 'not a url', 5]) {
  test(`an invalid url is refused: ${JSON.stringify(url)}`, () => {
    const message = `Invalid URL: expected an absolute URL, or a path that begins with /, got ${JSON.stringify(url)}`
    assert.throws(() => new Request({ url }), { code: 'ERR_ASGI_INVALID_URL', message })
    const request = new Request({ url: '/kept' })
    assert.throws(() => (request.url = url), { code: 'ERR_ASGI_INVALID_URL' })
    assert.equal(request.url, '/kept')
  })
}

test('B5 B6 a method is any token, in upper case, GET by default', () => {
  assert.equal(new Request({ url: '/' }).method, 'GET')
  assert.equal(new Request({ url: '/', method: 'propfind' }).method, 'PROPFIND')
  for (const method of ['', 'A B', 'A\n', 5]) {
    const message = `Invalid \`method\` name: expected a word such as GET, got ${JSON.stringify(method)}`
    const expected = { code: 'ERR_ASGI_INVALID_METHOD', message }
    assert.throws(() => new Request({ url: '/', method }), expected)
  }
  const request = new Request({ url: '/' })
  request.method = 'post'
  assert.equal(request.method, 'POST')
})

test('a relative url with a host header becomes absolute', () => {
  const request = new Request({ url: '/a?b=c', headers: { Host: 'example.com:8080' } })
  assert.equal(request.url, 'https://example.com:8080/a?b=c')
  assert.equal(request.path, '/a')
})

test('an absolute url ignores the host header', () => {
  const request = new Request({ url: 'http://one.example/a', headers: { host: 'two.example' } })
  assert.equal(request.url, 'http://one.example/a')
  assert.equal(request.headers.get('host'), 'two.example')
})

test('a relative url without a host header stays relative, and no header is invented', () => {
  const request = new Request({ url: '/a?b' })
  assert.equal(request.url, '/a?b')
  assert.equal(request.headers.size, 0)
})

test('path is the url without the query, still percent-encoded', () => {
  const request = new Request({ url: '/a%20b/c?d=/e' })
  assert.equal(request.path, '/a%20b/c')
  request.url = '/other'
  assert.equal(request.path, '/other')
  assert.equal(new Request({ url: 'http://example.com' }).path, '/')
})

test('headers are live, and assigning a plain object replaces all', () => {
  const request = new Request({ url: '/', headers: { a: '1' } })
  request.headers.set('b', '2')
  assert.deepEqual(request.headers.toJSON(), { a: '1', b: '2' })
  request.headers = { c: '3' }
  assert.ok(request.headers instanceof Headers)
  assert.deepEqual(request.headers.toJSON(), { c: '3' })
})

test('the body is a Buffer or null', () => {
  assert.equal(new Request({ url: '/' }).body, null)
  const bytes = Buffer.from('abc')
  assert.equal(new Request({ url: '/', body: bytes }).body, bytes)
  assert.deepEqual(new Request({ url: '/', body: 'é' }).body, Buffer.from('é'))
  assert.deepEqual(new Request({ url: '/', body: new Uint8Array([1, 2]) }).body, Buffer.from([1, 2]))
  assert.throws(() => new Request({ url: '/', body: 5 }), { code: 'ERR_ASGI_INVALID_BODY' })
})

test('after a body from the constructor write rejects and end resolves', async () => {
  const request = new Request({ url: '/', body: 'x' })
  await assert.rejects(request.write('y'), {
    code: 'ERR_ASGI_BODY_PROVIDED',
    message: 'Cannot write to request: body has already been provided to its constructor, leave it out there',
  })
  await request.end()
  assert.deepEqual(request.body, Buffer.from('x'))
})

test('data written and ended before the hand-over is the body', async () => {
  const request = new Request({ url: '/', method: 'POST' })
  const chunk = Buffer.from('a')
  await request.write(chunk)
  chunk[0] = 0
  await request.write('b')
  assert.equal(request.body, null)
  await request.end()
  await request.end()
  assert.deepEqual(request.body, Buffer.from('ab'))
  await assert.rejects(request.write('c'), { code: 'ERR_ASGI_WRITE_AFTER_END' })
})

test('write() refuses anything but a chunk', async () => {
  const request = new Request({ url: '/', method: 'POST' })
  await assert.rejects(request.write(null), {
    code: 'ERR_ASGI_INVALID_BODY',
    message: 'Expected a Buffer, a Uint8Array or a string, got null: to end, call end()',
  })
  await assert.rejects(request.write(7), { code: 'ERR_ASGI_INVALID_BODY' })
})

test('socket and docroot are kept', () => {
  const socket = { remoteAddress: '127.0.0.1', remotePort: 5 }
  const request = new Request({ url: '/', socket, docroot: '/srv' })
  assert.equal(request.socket, socket)
  assert.equal(request.docroot, '/srv')
  request.docroot = './apps'
  assert.equal(request.docroot, './apps')
  assert.equal(new Request({ url: '/' }).docroot, null)
})

test('toJSON gives method, url, headers, and the body when there is one', () => {
  assert.deepEqual(new Request({ url: '/a', headers: { b: 'c' } }).toJSON(), {
    method: 'GET',
    url: '/a',
    headers: { b: 'c' },
  })
  assert.deepEqual(new Request({ url: '/a', body: 'x' }).toJSON().body, Buffer.from('x'))
})
