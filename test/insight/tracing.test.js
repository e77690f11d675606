'use strict'

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { Headers, PythonHandler, Request } = require('../..')
const { missing } = require('../frameworks/servers')
const { listen, openApp, send, sendHTTP2 } = require('../support')
const { trace } = require('./tracer')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'frameworks')
const lacking = missing(['fastapi', 'opentelemetry.sdk', 'opentelemetry.instrumentation.fastapi'])
const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`

const CLIENTS = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', id: '00f067aa0ba902b7' }
const TRACEPARENT = `00-${CLIENTS.trace}-${CLIENTS.id}-01`

/** Calls a function with the headers of each request that starts, until the end of the test. */
function onStart(t, act) {
  const hear = ({ request }) => act(request.headers)
  subscribe('python-node:request:start', hear)
  t.after(() => unsubscribe('python-node:request:start', hear))
}

/** The lines of a request's scope whose names begin with `x-`. */
function linesOf(body) {
  const { headers } = JSON.parse(body)
  return headers.map(([name, value]) => [name.bytes, value.bytes]).filter(([name]) => name.startsWith('x-'))
}

test('changes that a subscriber makes to the headers reach Python only', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const seen = []
  onStart(t, (headers) => {
    assert.ok(headers instanceof Headers)
    seen.push(headers.getAll('X-Sent'))
    headers.set('X-Set', 'ü')
    headers.delete('x-deleted')
    headers.add('x-sent', '3')
  })
  const expected = [['x-sent', '1'], ['x-sent', '2'], ['x-set', 'ü'], ['x-sent', '3']]

  const own = { url: '/', headers: { 'x-sent': ['1', '2'], 'X-Deleted': 'yes' } }
  assert.deepEqual(linesOf((await handler.handleRequest(own)).body), expected)
  assert.deepEqual(own.headers, { 'x-sent': ['1', '2'], 'X-Deleted': 'yes' })
  const request = new Request(own)
  assert.deepEqual(linesOf((await handler.handleRequest(request)).body), expected)
  assert.deepEqual(request.headers.getAll('x-sent'), ['1', '2'])
  assert.ok(request.headers.has('x-deleted'))

  let rawHeaders
  const port = await listen(
    t,
    http.createServer((req, res) => {
      rawHeaders = req.rawHeaders.join()
      handler.listener(req, res)
      assert.equal(req.rawHeaders.join(), rawHeaders)
    }),
  )
  const headers = ['Host', 'x', 'X-Sent', '1', 'x-sent', '2', 'X-Deleted', 'yes']
  assert.deepEqual(linesOf((await send({ port, headers, agent: false })).body), expected)
  const securePort = await listen(t, http2.createServer(handler.listener))
  const session = http2.connect(`http://127.0.0.1:${securePort}`)
  t.after(() => session.destroy())
  const { body } = await sendHTTP2(session, { 'x-sent': ['1', '2'], 'x-deleted': 'yes' })
  assert.deepEqual(linesOf(body), expected)
  assert.deepEqual(seen, [['1', '2'], ['1', '2'], ['1', '2'], ['1', '2']])
})

test('headers that no request can have are refused as they are without a subscriber', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const outcomes = () =>
    Promise.all(
      [5, 'text', ['a', 'b', 5, 'c'], ['a b', 'c'], ['a', 5], [['a', 5]], { a: '\n' }, [5]].map((headers) =>
        handler.handleRequest({ url: '/', headers }).then(
          ({ status }) => status,
          ({ code, message }) => `${code}: ${message}`,
        )
      ),
    )
  const expected = await outcomes()
  onStart(t, () => {})
  assert.deepEqual(await outcomes(), expected)
  assert.equal((await handler.handleRequest({ url: '/' })).status, 200)
})

test('a subscriber changes the headers of a handshake', async (t) => {
  const handler = openApp(t, 'ws_scope')
  onStart(t, (headers) => headers.set('traceparent', TRACEPARENT))
  const server = http.createServer().on('upgrade', handler.upgrade)
  const port = await listen(t, server)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  const [message] = await once(socket, 'message')
  assert.ok(message.toString().includes(TRACEPARENT), message.toString())
  socket.terminate()
})

test("a span that begins in Node is the parent of FastAPI's", { skip }, async (t) => {
  const handler = new PythonHandler('traced_app:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const port = await listen(t, http.createServer(handler.listener))
  const ways = {
    'in process': async () => assert.equal((await handler.handleRequest({ url: '/buy/tea' })).status, 200),
    'in process, of an outer trace': async () => {
      const { status } = await handler.handleRequest({ url: '/buy/tea', headers: { traceparent: TRACEPARENT } })
      assert.equal(status, 200)
    },
    'with fetch': async () => assert.equal((await handler.fetch('http://shop.test/buy/tea')).status, 200),
    "of a client's trace": async () => {
      const { status } = await send({ port, path: '/buy/tea', headers: { traceparent: TRACEPARENT }, agent: false })
      assert.equal(status, 200)
    },
  }
  for (const [way, ask] of Object.entries(ways)) {
    await t.test(way, async (t) => {
      const ended = trace(t, () => handler)
      await ask()
      const [node] = ended
      assert.deepEqual([node.name, node.status, node.aborted], ['GET /buy/tea', 200, false])
      const isOuter = way.includes('trace')
      if (isOuter) assert.equal(node.trace, CLIENTS.trace)
      assert.equal(node.parent, isOuter ? CLIENTS.id : null)

      const spans = JSON.parse((await handler.handleRequest({ url: '/spans' })).body)
      const server = spans.find(({ kind }) => kind === 'SERVER')
      assert.deepEqual([server.name, server.trace, server.parent], ['GET /buy/{item}', node.trace, node.id])
      const inner = spans.find(({ name }) => name === 'look into the store')
      assert.deepEqual([inner.trace, inner.parent], [node.trace, server.id])
    })
  }
})

test('a span gets the end of its request', async (t) => {
  const handler = openApp(t, 'raises')
  const ended = trace(t, () => handler)
  await assert.rejects(handler.handleRequest({ url: '/before' }), { code: 'ERR_ASGI_PYTHON' })
  const [{ name, status, error }] = ended
  assert.deepEqual({ name, status, error }, { name: 'GET /before', status: null, error: 'ERR_ASGI_PYTHON' })
})
