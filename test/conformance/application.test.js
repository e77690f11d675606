'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp, serve } = require('../support')
const { PROTOCOLS, json } = require('./support')
const { PythonHandler } = require('../..')

const SHAPES = {
  'ASGI 2': ['DoubleClass', 'double_function', 'double_hinted', 'double_instance'],
  'ASGI 3': [
    ...['coroutine_function', 'plain_function', 'instance', 'instance.method', 'partial', 'decorated'],
    ...['decorated_without_signature', 'SingleHinted'],
  ],
}

/** Makes a handler for one of the applications of app_shapes. */
function openShape(t, attribute, options) {
  const handler = openApp(t, 'hello', options)
  const shape = new PythonHandler('app_shapes', attribute, { docroot: handler.docroot, ...options })
  t.after(() => shape.close({ timeout: 0 }))
  return shape
}

for (const attribute of SHAPES['ASGI 2']) {
  test(`A6 the double callable ${attribute} is ASGI 2 by detection or by option`, async (t) => {
    for (const options of [{}, { interface: 'asgi2' }]) {
      const handler = openShape(t, attribute, options)
      assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), attribute)
      assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), attribute)
    }
  })
}

for (const attribute of SHAPES['ASGI 3']) {
  test(`A7 ${attribute} is not taken for a double callable`, async (t) => {
    for (const options of [{}, { interface: 'asgi3' }]) {
      const handler = openShape(t, attribute, options)
      assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), attribute)
    }
  })
}

test('A6 A7 an interface that the application does not have is an error of the application', async (t) => {
  const handler = openShape(t, 'coroutine_function', { interface: 'asgi2', lifespan: 'off' })
  await assert.rejects(handler.handleRequest({ url: '/' }), { code: 'ERR_ASGI_PYTHON', pythonType: 'TypeError' })
})

test('A1 the app is awaited to its end, also after the end of its response', async (t) => {
  const handler = openApp(t, 'check_types')
  assert.equal((await handler.handleRequest({ url: '/linger' })).status, 200)
  assert.equal((await handler.handleRequest({ url: '/finished' })).status, 200)
})

test('A8 the application is called once a request, and once for the lifespan', async (t) => {
  const handler = openApp(t, 'check_types')
  const { calls, lifespans } = await json(handler, '/report')
  for (let i = 1; i <= 5; i++) {
    const now = await json(handler, '/report')
    assert.equal(now.calls, calls + i)
    assert.equal(now.lifespans, lifespans)
  }
  const together = await Promise.all([1, 2, 3].map(() => json(handler, '/report')))
  assert.deepEqual(together.map((each) => each.calls - calls), [6, 7, 8])
})

const HTTP_TYPES = {
  type: 'str',
  asgi: 'dict',
  http_version: 'str',
  method: 'str',
  scheme: 'str',
  path: 'str',
  raw_path: 'bytes',
  query_string: 'bytes',
  root_path: 'str',
  headers: 'list',
  state: 'dict',
  extensions: 'dict',
}

for (const protocol of PROTOCOLS) {
  test(`A2 A3 A9 A10 A18 B14 scopes and events are of the right types over ${protocol}`, async (t) => {
    const handler = openApp(t, 'check_types')
    const request = await serve(t, protocol, handler.listener)
    const body = Buffer.alloc(200000, 'x')
    const response = await request({ method: 'POST', path: '/report?q=%20', headers: { 'x-a': 'caf\xe9' }, body })
    const { seen, header_types: headerTypes, pair_lengths: pairLengths } = JSON.parse(response.body)
    const scopes = seen.filter(({ what }) => what === 'scope')
    const events = seen.filter(({ what }) => what === 'event')
    assert.deepEqual(scopes.map(({ types }) => types.type), ['str', 'str'])
    for (const { is_dict: isDict, types, wrong } of seen) {
      assert.equal(isDict, true)
      assert.equal(types.type, 'str')
      assert.deepEqual(wrong, [])
    }
    const [lifespan, http] = scopes
    assert.deepEqual(lifespan.types, { type: 'str', asgi: 'dict', state: 'dict' })
    const { client, server, ...types } = http.types
    assert.deepEqual(types, HTTP_TYPES)
    for (const address of [client, server]) assert.match(address, /^(list|tuple)$/)
    const requests = events.filter(({ types }) => types.body !== undefined)
    assert.ok(requests.length >= 1)
    for (const { types } of requests) assert.deepEqual(types, { type: 'str', body: 'bytes', more_body: 'bool' })
    assert.deepEqual(headerTypes, ['bytes'])
    assert.deepEqual(pairLengths, [2])
  })
}

test('A4 B2 asgi is a dict with the version 3.0 of the interface', async (t) => {
  const { asgi } = await json(openApp(t, 'check_types'), '/report')
  assert.equal(asgi.version, '3.0')
  assert.deepEqual(Object.keys(asgi).sort(), ['spec_version', 'version'])
})

test('A17 B25 extensions is a dict of dicts, for any set of extensions', async (t) => {
  const { extensions } = await json(openApp(t, 'dump_scope'), '/')
  assert.equal(Object.prototype.toString.call(extensions), '[object Object]')
  for (const [name, value] of Object.entries(extensions)) {
    assert.equal(Object.prototype.toString.call(value), '[object Object]', name)
  }
  // No websocket, no push without HTTP/2, and the debugging extension is not for servers.
  for (const name of ['websocket.http.response', 'http.response.push', 'http.response.debug']) {
    assert.equal(extensions[name], undefined)
  }
})

test("A19 a request's changes to its scope are not seen by the next", async (t) => {
  const handler = openApp(t, 'mutate_scope')
  const before = await json(handler, '/dump', { headers: { accept: 'a' } })
  const changed = await json(handler, '/', { headers: { accept: 'a' } })
  assert.equal(changed.asgi.version, '9')
  assert.deepEqual(changed.state, { shared: [], private: 1 })
  assert.deepEqual(changed.headers, [['accept', 'a'], ['x-mine', '1']])
  assert.deepEqual(await json(handler, '/dump', { headers: { accept: 'a' } }), before)
  assert.deepEqual(before.state, { shared: [] })
  assert.deepEqual(before.headers, [['accept', 'a']])
})
