'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const rewrite = require('../..')
const { makeFolder, openApp, quiet, serve } = require('../support')
const { serveApp } = require('../websocket/support')
const { headerOf } = require('./support')

const { HeaderCondition, HeaderRewriter, HrefRewriter, MethodCondition, MethodRewriter, PathCondition } = rewrite
const { ExistenceCondition, NonExistenceCondition, PathRewriter, PythonHandler, Request: OurRequest, Rewriter } =
  rewrite

const BASE = 'http://python.internal'

/** The ways into a handler: each sends a request and gives the body of the response as text. */
const WAYS = {
  async 'listener over http'(t, handler, options) {
    const request = await serve(t, 'http', handler.listener)
    return (await request(options)).body.toString()
  },
  async 'listener over h2c'(t, handler, options) {
    const request = await serve(t, 'h2c', handler.listener)
    return (await request(options)).body.toString()
  },
  async fetch(_t, handler, { path, ...init }) {
    return (await handler.fetch(new Request(BASE + path, init))).text()
  },
  async dispatcher(_t, handler, { path, ...init }) {
    return (await fetch(BASE + path, { ...init, dispatcher: handler.dispatcher() })).text()
  },
  async handleRequest(_t, handler, { path, ...options }) {
    return (await handler.handleRequest({ url: path, ...options })).body.toString()
  },
  async handleRequestSync(_t, handler, { path, ...options }) {
    return handler.handleRequestSync({ url: path, ...options }).body.toString()
  },
  async handleStream(_t, handler, { path, ...options }) {
    const chunks = []
    for await (const chunk of await handler.handleStream(new OurRequest({ url: path, ...options }))) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  },
}

// What is first in the path, the header and the query is replaced once; a header that is absent stays absent.
const everything = new Rewriter([
  {
    operation: 'and',
    conditions: [
      { type: 'path', args: ['^/old/'] },
      { type: 'header', args: ['x-kind', '^(a|b)$'] },
      { type: 'method', args: ['^PUT$'] },
    ],
    rewriters: [
      { type: 'path', args: ['/o(l)d/', '/n$1w/'] },
      { type: 'href', args: ['\\?page=(\\d+)', '?offset=$1'] },
      { type: 'header', args: ['x-kind', '^(.)', 'kind-$1'] },
      { type: 'header', args: ['x-absent', '.*', 'made'] },
      { type: 'method', args: ['post'] },
    ],
  },
  {
    operation: 'or',
    conditions: [{ type: 'method', args: ['^DELETE$'] }, { type: 'path', args: ['^/gone'] }],
    rewriters: [{ type: 'path', args: ['^.*$', '/trash'] }],
  },
])

for (const [name, send] of Object.entries(WAYS)) {
  test(`a rewriter changes path, query, headers and method through ${name}`, async (t) => {
    const handler = openApp(t, 'dump_scope', { rewriter: everything })
    const changed = { method: 'PUT', path: '/old/old/1?page=2&page=3', headers: { 'x-kind': 'a' }, body: 'x' }
    const scope = JSON.parse(await send(t, handler, changed))
    assert.equal(scope.path, '/nlw/old/1')
    assert.deepEqual(scope.raw_path, { bytes: '/nlw/old/1' })
    assert.deepEqual(scope.query_string, { bytes: 'offset=2&page=3' })
    assert.equal(scope.method, 'POST')
    assert.deepEqual(headerOf(scope, 'x-kind'), ['kind-a'])
    assert.deepEqual(headerOf(scope, 'x-absent'), [])

    const other = { ...changed, headers: { 'x-kind': 'c' } }
    const same = JSON.parse(await send(t, handler, other))
    assert.equal(same.path, '/old/old/1')
    assert.equal(same.method, 'PUT')
    assert.deepEqual(headerOf(same, 'x-kind'), ['c'])
    assert.equal(JSON.parse(await send(t, handler, { method: 'DELETE', path: '/a?b' })).path, '/trash')
    assert.equal(JSON.parse(await send(t, handler, { path: '/gone/away' })).path, '/trash')
  })

  test(`a body goes through a rewriter untouched through ${name}`, async (t) => {
    const rewriter = new PathRewriter('a', 'b').then(new MethodRewriter('PATCH'))
    const handler = openApp(t, 'echo_stream', { rewriter })
    assert.equal(await send(t, handler, { method: 'POST', path: '/a', body: 'the body' }), 'the body')
  })

  test(`conditions on files look into the docroot of the handler through ${name}`, async (t) => {
    const main = [
      'async def app(scope, receive, send):',
      "    assert scope['type'] == 'http'",
      "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})",
      "    await send({'type': 'http.response.body', 'body': scope['path'].encode()})",
    ].join('\n')
    const docroot = makeFolder(t, { 'app/main.py': main, 'app/there.txt': '', 'secret.txt': '' })
    const rewriter = new PathRewriter('^', '/file').when(new ExistenceCondition())
      .then(
        new PathRewriter('^.*$', '/fallback').when(new NonExistenceCondition().and(new PathCondition('^/(?!file)'))),
      )
    const handler = new PythonHandler('main:app', { docroot: `${docroot}/app`, rewriter })
    t.after(() => handler.close({ timeout: 0 }))
    assert.equal(await send(t, handler, { path: '/there.txt?q' }), '/file/there.txt')
    assert.equal(await send(t, handler, { path: '/absent.txt' }), '/fallback')
    // Never outside of the docroot: what is there does not exist.
    assert.equal(await send(t, handler, { path: '/%2e%2e%2fsecret.txt' }), '/fallback')
  })
}

test('a rewriter changes the handshake of a WebSocket', async (t) => {
  const rewriter = new PathRewriter('^/old/(.*)$', '/new/$1')
    .then(new HrefRewriter('room=(\\w+)', 'name=$1'))
    .then(new HeaderRewriter('x-kind', '^', 'kind-'))
    .when(new MethodCondition('^GET$').and(new HeaderCondition('host', '127')))
  const { connect } = await serveApp(t, 'ws_scope', { rewriter })
  const { webSocket } = connect('/old/chat?room=a&room=b', [], { headers: { 'x-kind': 'a' } })
  const [data] = await once(webSocket, 'message')
  const { scope } = JSON.parse(data.toString())
  assert.equal(scope.path, '/new/chat')
  assert.match(JSON.stringify(scope.query_string), /name=a&room=b/)
  assert.match(JSON.stringify(scope.headers), /kind-a/)
})

test('a WebSocket inside the process is rewritten too', async (t) => {
  const handler = openApp(t, 'ws_scope', { rewriter: new PathRewriter('^/old', '/new') })
  const socket = await handler.handleStream(new OurRequest({ websocket: true, url: '/old/chat' }))
  assert.equal(JSON.parse(await socket.nextMessage()).scope.path, '/new/chat')
})

test('a rewriter of your own needs nothing but rewrite', async (t) => {
  const rewriter = {
    rewrite: (request, docroot) => new OurRequest({ method: 'PUT', url: `/own${request.path}`, headers: { docroot } }),
  }
  for (const name of ['listener over http', 'fetch', 'dispatcher', 'handleRequest']) {
    const handler = openApp(t, 'dump_scope', { rewriter })
    const scope = JSON.parse(await WAYS[name](t, handler, { path: '/a' }))
    assert.equal(scope.method, 'PUT', name)
    assert.equal(scope.path, '/own/a', name)
    assert.deepEqual(headerOf(scope, 'docroot'), [handler.docroot], name)
  }
})

test('an exception of a rewriter is an error of the request', async (t) => {
  const said = quiet(t)
  const reason = new Error('cannot rewrite')
  const rewriter = {
    rewrite() {
      throw reason
    },
  }
  const handler = openApp(t, 'dump_scope', { rewriter })
  const request = await serve(t, 'http', handler.listener)
  assert.equal((await request({ path: '/' })).status, 500)
  assert.match(said[0].join(' '), /cannot rewrite/)
  const errors = []
  const withNext = await serve(
    t,
    'http',
    (req, res) => handler.listener(req, res, (error) => errors.push(error) && res.end()),
  )
  await withNext({ path: '/' })
  assert.deepEqual(errors, [reason])
  await assert.rejects(handler.fetch(new Request(BASE)), reason)
  await assert.rejects(handler.handleRequest({ url: '/' }), reason)
  await assert.rejects(handler.handleStream({ url: '/' }), reason)
  assert.throws(() => handler.handleRequestSync({ url: '/' }), reason)
  const dispatched = await fetch(BASE, { dispatcher: handler.dispatcher() }).then(assert.fail, (error) => error)
  assert.equal(dispatched.cause, reason)
  assert.equal(handler.stats().requests, 0)
})

test('only the first match is replaced, whatever the flags, and $1, $2, $& and $$ mean something', () => {
  const get = (url, headers) => new OurRequest({ url, headers })
  assert.equal(new PathRewriter(/a/g, 'b').rewrite(get('/aaa')).path, '/baa')
  assert.equal(new PathRewriter(/A/i, 'b').rewrite(get('/aaa')).path, '/baa')
  assert.equal(new PathRewriter('/(a)(b)', '/$2$1').rewrite(get('/ab/ab')).path, '/ba/ab')
  assert.equal(new PathRewriter('a', '<$&>').rewrite(get('/a')).url, '/<a>')
  assert.equal(new HrefRewriter(/a/g, 'b').rewrite(get('/a?a')).url, '/b?a')
  assert.deepEqual(
    new HeaderRewriter('x', /a/g, '$$').rewrite(get('/', { x: ['aa', 'ba'] })).headers.getAll('x'),
    ['$a', 'b$'],
  )
})
