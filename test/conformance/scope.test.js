'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp, serve } = require('../support')
const { PROTOCOLS, json } = require('./support')

const dump = (handler, url, more) => json(handler, url, more)

for (const protocol of PROTOCOLS) {
  test(`B1 B2 B3 every HTTP scope names the type and the versions over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
    const { type, asgi } = JSON.parse((await request({ path: '/' })).body)
    assert.equal(type, 'http')
    assert.deepEqual(asgi, { version: '3.0', spec_version: '2.3' })
  })

  for (const method of ['QUERY', 'PROPFIND', 'M-SEARCH', 'REPORT']) {
    // Node's HTTP/1 parser knows a list of methods, which is the limit of a server in Node.
    const isKnown = protocol === 'h2c' || protocol === 'h2' || require('node:http').METHODS.includes(method)
    test(`B5 B6 the method ${method} passes over ${protocol}`, { skip: !isKnown }, async (t) => {
      const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
      assert.equal(JSON.parse((await request({ method, path: '/' })).body).method, method)
    })
  }

  test(`B9 a path that is no UTF-8 does not fail the request over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
    for (const [target, path] of [['/%c0', '/\ufffd'], ['/a%ffb', '/a\ufffdb'], ['/%zz', '/%zz'], ['/%4', '/%4']]) {
      const scope = JSON.parse((await request({ path: target })).body)
      assert.equal(scope.path, path)
      assert.deepEqual(scope.raw_path, { bytes: target })
    }
  })

  test(`B10 B11 raw_path and query_string are as sent over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
    const cases = [
      ['/a%20b?x', '/a b', '/a%20b', 'x'],
      ['/a?', '/a', '/a', ''],
      ['/a', '/a', '/a', ''],
      ['/a?b=%20&c=?d', '/a', '/a', 'b=%20&c=?d'],
      ['/a%2Fb%3Fc', '/a/b?c', '/a%2Fb%3Fc', ''],
      ['//a/../b', '//a/../b', '//a/../b', ''],
    ]
    for (const [target, path, raw, query] of cases) {
      const scope = JSON.parse((await request({ path: target })).body)
      assert.equal(scope.path, path)
      assert.deepEqual(scope.raw_path, { bytes: raw })
      assert.deepEqual(scope.query_string, { bytes: query })
    }
  })
}

test('B5 B6 through the API any token is a method, in upper case', async (t) => {
  const handler = openApp(t, 'dump_scope')
  for (const [given, method] of [['get', 'GET'], ['Query', 'QUERY'], ["x-!#$%&'*+.^_`|~9", "X-!#$%&'*+.^_`|~9"]]) {
    assert.equal((await dump(handler, '/', { method: given })).method, method)
  }
})

test('B7 the scheme is that of the URL, or of the socket, and http without', async (t) => {
  const handler = openApp(t, 'dump_scope')
  assert.equal((await dump(handler, '/')).scheme, 'http')
  assert.equal((await dump(handler, 'http://example.com/')).scheme, 'http')
  assert.equal((await dump(handler, 'https://example.com/')).scheme, 'https')
  assert.equal((await dump(handler, '/', { socket: { encrypted: true } })).scheme, 'https')
})

test('B12 B13 root_path is empty, or the option rootPath, which path then begins with', async (t) => {
  const plain = await dump(openApp(t, 'dump_scope'), '/users?x')
  assert.equal(plain.root_path, '')
  assert.equal(plain.path, '/users')
  const mounted = openApp(t, 'dump_scope', { rootPath: '/api' })
  for (const url of ['/users', '/api/users']) {
    const scope = await dump(mounted, url)
    assert.equal(scope.root_path, '/api')
    assert.equal(scope.path, '/api/users')
    assert.deepEqual(scope.raw_path, { bytes: '/api/users' })
  }
  assert.equal((await dump(mounted, '/apis')).path, '/api/apis')
})

test('B14 B15 B16 B17 B18 through the API headers keep order, duplicates and octets', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const headers = { 'X-B': ['1', '2'], 'x-octets': 'caf\xe9', Accept: ['a', 'b'], 'x-empty': '', 'x-b2': 'end' }
  const scope = await dump(handler, '/', { headers })
  assert.deepEqual(scope.headers.map(([name, value]) => [name.bytes, value.bytes]), [
    ['x-b', '1'],
    ['x-b', '2'],
    ['x-octets', 'caf\xe9'],
    ['accept', 'a'],
    ['accept', 'b'],
    ['x-empty', ''],
    ['x-b2', 'end'],
  ])
  // A request without one gets none.
  assert.deepEqual((await dump(handler, '/')).headers, [])
})

test('B18 UTF-8 octets of a header survive as they are over the wire', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'dump_scope').listener)
  const value = Buffer.from('naïve €').toString('latin1')
  const scope = JSON.parse((await request({ path: '/', headers: { 'x-octets': value } })).body)
  const [, sent] = scope.headers.find(([name]) => name.bytes === 'x-octets')
  assert.equal(Buffer.from(sent.bytes, 'latin1').toString(), 'naïve €')
})

test('B22 B23 client and server are those of the socket, and None without', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const socket = { remoteAddress: '192.0.2.1', remotePort: 1234, localAddress: '::1', localPort: 80 }
  const { client, server } = await dump(handler, '/', { socket })
  assert.deepEqual(client, ['192.0.2.1', 1234])
  assert.deepEqual(server, ['::1', 80])
  const none = await dump(handler, '/')
  assert.equal(none.client, null)
  assert.equal(none.server, null)
})

test('B24 state is a dict with a lifespan and absent without, never None', async (t) => {
  const without = await dump(openApp(t, 'dump_scope'), '/')
  assert.equal('state' in without, false)
  assert.deepEqual((await json(openApp(t, 'mutate_scope'), '/dump')).state, { shared: [] })
  const off = await dump(openApp(t, 'dump_scope', { lifespan: 'off' }), '/')
  assert.equal('state' in off, false)
})

test('B25 the option scope adds keys of its own, and the standard ones stay', async (t) => {
  const scope = await dump(openApp(t, 'dump_scope', { scope: { tenant: { id: 7 }, 'app.name': 'x' } }), '/')
  assert.deepEqual(scope.tenant, { id: 7 })
  assert.equal(scope['app.name'], 'x')
  assert.deepEqual(scope.extensions, (await dump(openApp(t, 'dump_scope'), '/')).extensions)
  assert.throws(() => openApp(t, 'dump_scope', { scope: { path: '/mine' } }), /path/)
})
