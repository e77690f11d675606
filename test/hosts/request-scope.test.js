'use strict'

// The option scope as a function: what Node knows of a request reaches the app.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const express = require('express')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const WebSocket = require('ws')
const { Request: Own } = require('../..')
const { core } = require('../../js/binding')
const { docroot, listen, openApp, quiet, send, serve } = require('../support')

/** The keys of the server in each scope. */
const STANDARD = [
  ...['type', 'asgi', 'http_version', 'method', 'scheme', 'path', 'raw_path', 'query_string', 'root_path', 'headers'],
  ...['client', 'server', 'state', 'extensions', 'subprotocols'],
]

const read = (response) => JSON.parse(response.body)

for (const protocol of ['http', 'https', 'h2', 'h2c']) {
  test(`over ${protocol} each request has the keys that the function gives for it`, async (t) => {
    const { listener } = openApp(t, 'dump_scope', {
      scope: (req) => ({
        user: { name: req.user, 'größe': [1, 2.5, null, true, '\u{1f40d}\0'] },
        host: req.headers.host,
      }),
    })
    const request = await serve(t, protocol, (req, res) => {
      req.user = req.url.slice(1)
      listener(req, res)
    })
    const names = ['alice', 'bob', 'alice']
    const scopes = await Promise.all(names.map(async (name) => read(await request({ path: `/${name}` }))))
    for (const [index, scope] of scopes.entries()) {
      assert.deepEqual(scope.user, { name: names[index], 'größe': [1, 2.5, null, true, '\u{1f40d}\0'] })
    }
    const isSecure = protocol === 'https' || protocol === 'h2'
    assert.equal(scopes[0].scheme, isSecure ? 'https' : 'http')
    assert.equal('tls' in scopes[0].extensions, isSecure)
    if (isSecure) assert.equal(scopes[0].extensions.tls.tls_version, 0x0304)
  })
}

test('a user whom a middleware of Express has authenticated is in the scope', async (t) => {
  const app = express()
  app.use((req, res, next) => {
    req.user = { name: 'alice' }
    next()
  })
  app.use('/api', openApp(t, 'dump_scope', { scope: (req) => ({ user: req.user }) }).listener)
  const port = await listen(t, http.createServer(app))
  assert.deepEqual(read(await send({ port, path: '/api/x' })).user, { name: 'alice' })
})

test('a WebSocket has them, too', async (t) => {
  const server = http.createServer()
  const handler = openApp(t, 'ws_scope', { scope: (req) => ({ user: req.headers['x-user'] }) })
  server.on('upgrade', handler.upgrade)
  const port = await listen(t, server)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { 'x-user': 'alice' } })
  const [text] = await once(client, 'message')
  assert.equal(JSON.parse(text).scope.user, 'alice')
  client.terminate()
})

test('requests in the process have them: of fetch, of a dispatcher, and of the methods', async (t) => {
  const handler = openApp(t, 'dump_scope', {
    scope: ({ method, headers }) => ({ how: method, id: headers.get('x-id') }),
  })
  const headers = { 'x-id': '7' }
  const url = 'http://python.internal/'
  const expected = { how: 'PUT', id: '7' }
  const options = { method: 'PUT', url, headers, body: 'b' }
  const bodies = [
    (await handler.handleRequest(new Own(options))).body,
    handler.handleRequestSync(new Own(options)).body,
    await (await handler.handleStream(new Own(options))).next(),
    await (await handler.fetch(url, { method: 'PUT', headers, body: 'b' })).text(),
    await (await fetch(url, { method: 'PUT', headers, body: 'b', dispatcher: handler.dispatcher() })).text(),
  ]
  for (const body of bodies) {
    const { how, id } = JSON.parse(body)
    assert.deepEqual({ how, id }, expected)
  }
})

test('the addon alone calls the function, too', async (t) => {
  const alone = new core.PythonHandler('dump_scope:app', { docroot, scope: ({ id }) => ({ id }) })
  t.after(() => alone.close())
  assert.equal(read(await alone.handleRequest({ url: '/', id: 5 })).id, 5)
})

test('values of one request are not those of the next', async (t) => {
  const handler = openApp(t, 'mutate_scope', { scope: () => ({ shared: { list: [] } }) })
  for (let round = 0; round < 3; round++) {
    const { status } = await handler.handleRequest({ url: '/' })
    assert.equal(status, 200)
  }
  const dumps = openApp(t, 'dump_scope', { scope: ({ url }) => url === '/none' ? undefined : { key: url } })
  assert.equal(read(await dumps.handleRequest({ url: '/a' })).key, '/a')
  assert.equal('key' in read(await dumps.handleRequest({ url: '/none' })), false)
})

test('a function that gives no object, or throws, is an error of that request only', async (t) => {
  const answers = [
    [() => 5, 'ERR_ASGI_INVALID_OPTION'],
    [() => [1], 'ERR_ASGI_INVALID_OPTION'],
    [async () => ({}), 'ERR_ASGI_INVALID_OPTION'],
    [() => () => undefined, 'ERR_ASGI_INVALID_OPTION'],
    [() => ({ toJSON: () => 'text' }), 'ERR_ASGI_INVALID_OPTION'],
    [() => ({ toJSON: () => ({ path: '/mine' }) }), 'ERR_ASGI_INVALID_OPTION'],
    ...STANDARD.map((name) => [() => ({ own: 1, [name]: 'mine' }), 'ERR_ASGI_INVALID_OPTION']),
    [() => ({ big: 5n }), undefined],
    [() => {
      throw new Error('not today')
    }, undefined],
  ]
  let give
  const handler = openApp(t, 'dump_scope', { scope: () => give() })
  const errors = []
  const request = await serve(t, 'http', (req, res) => {
    handler.listener(req, res, (error) => {
      errors.push(error.code)
      res.writeHead(418).end()
    })
  })
  for (const [answer, code] of answers) {
    give = answer
    assert.equal((await request({ path: '/' })).status, 418)
    assert.equal(errors.pop(), code)
    await assert.rejects(handler.fetch('http://a/'))
    await assert.rejects(handler.handleRequest({ url: '/' }))
  }
  give = () => null
  assert.equal((await request({ path: '/' })).status, 200)
})

test('a function is nothing to a scope of another type', async (t) => {
  const folder = path.join(docroot, '..', 'apps')
  const handler = openApp(t, 'raw_protocol', { docroot: folder, scope: () => ({ never: 1 }) })
  const connection = handler.connect({ type: 'echo' })
  await connection.close()
})

test('anything but an object or a function is refused', (t) => {
  quiet(t)
  for (const name of STANDARD) {
    assert.throws(() => openApp(t, 'dump_scope', { scope: { [name]: 'mine' } }), new RegExp(name))
  }
  for (const scope of [5, 'text', null, [1]]) {
    assert.throws(() => openApp(t, 'dump_scope', { scope }), { code: 'ERR_ASGI_INVALID_OPTION', message: /scope/ })
  }
})
