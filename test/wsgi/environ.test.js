'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { RawClient } = require('../frameworks/client')
const { listen } = require('../support')
const { json, openWSGI, skip } = require('./support')

/** The environ of a request. */
async function environ(handler, url, more) {
  return (await json(handler, url, more)).environ
}

test('W2 W5 method, path, query, protocol and scheme are in the environ', { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ')
  const found = await environ(handler, '/a%20b/c%2Fd?x=%20&y=1?', { method: 'PROPFIND' })
  assert.equal(found.REQUEST_METHOD, 'PROPFIND')
  assert.equal(found.SCRIPT_NAME, '')
  assert.equal(found.PATH_INFO, '/a b/c/d')
  assert.equal(found.QUERY_STRING, 'x=%20&y=1?')
  assert.equal(found.SERVER_PROTOCOL, 'HTTP/1.1')
  assert.equal(found['wsgi.url_scheme'], 'http')
  assert.deepEqual(found['wsgi.version'], [1, 0])
  assert.equal(found['wsgi.multithread'], true)
  assert.equal(found['wsgi.run_once'], false)
  assert.equal((await environ(handler, '/')).QUERY_STRING, '')
  assert.equal((await environ(handler, 'https://example.test/'))['wsgi.url_scheme'], 'https')
})

test('W2 a path holds its UTF-8 octets as latin-1', { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ')
  const { PATH_INFO: path } = await environ(handler, '/gr%C3%BC%C3%9Fe/%F0%9F%90%8D')
  assert.equal(Buffer.from(path, 'latin1').toString(), '/grüße/🐍')
})

test('W2 the root path is SCRIPT_NAME, and no part of PATH_INFO', { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ', { rootPath: '/api' })
  for (const [url, path] of [['/api/x/api', '/x/api'], ['/x', '/x'], ['/api', ''], ['/api/', '/']]) {
    const found = await environ(handler, url)
    assert.deepEqual([found.SCRIPT_NAME, found.PATH_INFO], ['/api', path], url)
  }
})

test('W3 headers become keys, and those of equal names one value', { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ')
  const headers = [['Content-Type', 'text/x'], ['Content-Length', '4'], ['X-Same', 'one'], ['x-same', 'two']]
  headers.push(['X-Octets', 'caf\xe9'], ['X-Empty', ''], ['Host', 'example.test'])
  const found = await environ(handler, '/', { method: 'POST', headers, body: 'four' })
  assert.equal(found.CONTENT_TYPE, 'text/x')
  assert.equal(found.CONTENT_LENGTH, '4')
  assert.equal(found.HTTP_X_SAME, 'one,two')
  assert.equal(found.HTTP_X_OCTETS, 'caf\xe9')
  assert.equal(found.HTTP_X_EMPTY, '')
  assert.equal(found.HTTP_HOST, 'example.test')
  assert.equal('HTTP_CONTENT_TYPE' in found || 'HTTP_CONTENT_LENGTH' in found, false)
  const without = await environ(handler, '/')
  assert.equal('CONTENT_TYPE' in without || 'CONTENT_LENGTH' in without, false)
})

test("W4 server and client are those of the connection, or WSGI's defaults without one", { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ')
  const alone = await environ(handler, '/')
  assert.deepEqual([alone.SERVER_NAME, alone.SERVER_PORT], ['localhost', '80'])
  assert.equal('REMOTE_ADDR' in alone, false)

  const socket = { remoteAddress: '192.0.2.7', remotePort: 4711, localAddress: '192.0.2.1', localPort: 8080 }
  const given = await environ(handler, '/', { socket })
  assert.deepEqual([given.SERVER_NAME, given.SERVER_PORT, given.REMOTE_ADDR], ['192.0.2.1', '8080', '192.0.2.7'])

  const port = await listen(t, http.createServer(handler.listener))
  const client = new RawClient(port)
  t.after(() => client.destroy())
  for (const version of ['1.1', '1.0']) {
    const { environ: served } = JSON.parse((await client.send({ path: '/', version })).body)
    assert.deepEqual([served.SERVER_NAME, served.SERVER_PORT], ['127.0.0.1', String(port)])
    assert.deepEqual([served.REMOTE_ADDR, served.SERVER_PROTOCOL], ['127.0.0.1', `HTTP/${version}`])
  }
})

test('W2 the environ is a dict, whose variables are all strings', { skip }, async (t) => {
  const found = await json(openWSGI(t, 'describes_environ'), '/', { headers: { a: 'b' } })
  assert.equal(found.type, 'dict')
  assert.deepEqual(found.types, ['str'])
  assert.equal(found.hasErrors, true)
})

test('W3 a hundred headers of one name become one value', { skip }, async (t) => {
  const handler = openWSGI(t, 'describes_environ')
  const found = await environ(handler, '/', {
    headers: Array.from({ length: 100 }, (_, index) => ['x-many', `${index}`]),
  })
  assert.equal(found.HTTP_X_MANY.split(',').length, 100)
})
