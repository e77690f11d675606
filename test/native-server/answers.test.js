'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { send, until } = require('../support')
const { client, connect, serveNatively } = require('./support')

test('the health path is answered without Python and without JavaScript', async (t) => {
  const { handler, server, ask } = await serveNatively(t, 'answers_when', { options: { healthPath: '/health' } })
  for (let i = 0; i < 2; i++) {
    const { status, text } = await ask('/health?why')
    assert.deepEqual({ status, text }, { status: 200, text: 'ok' })
  }
  assert.equal((await ask('/health', { method: 'HEAD' })).text, '')
  assert.equal((await ask('/now/health')).text, 'health')
  assert.equal(server.stats().handedOver, 0)
  assert.equal(handler.stats().errors, 0)
})

test("a path that is not Python's is a 404 without a listener", async (t) => {
  const { ask } = await serveNatively(t, 'answers_when', { options: { paths: ['/now', '/turn'] } })
  assert.equal((await ask('/now/here')).text, 'here')
  for (const path of ['/', '/nowhere', '/No', '/node/now/x', '/TURN/x']) {
    assert.equal((await ask(path)).status, 404, path)
  }
  assert.equal((await ask('/turn/there')).text, 'there')
})

test('headers of the server are in every response that has none of their name', async (t) => {
  const headers = { Server: 'python-node', 'content-type': 'text/none', 'X-Two': ['a', 'b'] }
  const { ask } = await serveNatively(t, 'hello', { options: { headers, paths: ['/app'] } })
  for (const path of ['/app', '/not', '/app']) {
    const { headers: got, rawHeaders } = await ask(path)
    assert.equal(got.server, 'python-node', path)
    assert.equal(got['x-two'], 'a, b', path)
    assert.equal(rawHeaders.filter((name) => name.toLowerCase() === 'content-type').length, 1, path)
    if (path === '/app') assert.equal(got['content-type'], 'text/plain')
  }
})

test('an error of the app is a 500 and goes to the listeners of the handler', async (t) => {
  const { handler, ask } = await serveNatively(t, 'answers_when')
  const told = once(handler, 'error')
  assert.equal((await ask('/fails/twice')).status, 500)
  const [error] = await told
  assert.equal(error.code, 'ERR_ASGI_PYTHON')
  assert.match(error.message, /twice/)
  assert.equal(handler.stats().errors, 1)
  assert.equal((await ask('/now/on')).text, 'on')
})

test("connections beyond maxConnections are refused, and emit 'drop'", async (t) => {
  const { server, port } = await serveNatively(t, 'hello', { options: { maxConnections: 1 } })
  const first = connect(t, port)
  first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await first.until('Hello, World!')
  const told = once(server, 'drop')
  assert.equal(await connect(t, port).rest(), '')
  const [{ count, ...address }] = await told
  assert.equal(count, 1)
  assert.deepEqual(address, { localAddress: '127.0.0.1', localPort: port, localFamily: 'IPv4' })
  first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await first.until('Hello, World!')
})

test('a body beyond maxRequestBody is a 413, read by either side', async (t) => {
  const { port } = await serveNatively(t, 'echo_stream', { options: { maxRequestBody: 1000, paths: ['/app'] } })
  const post = (ask, body) => ask('/app', { method: 'POST', body })
  const head = 'POST /app HTTP/1.1\r\nHost: a\r\n'
  for (const isHandedOver of [false, true]) {
    const open = async () => {
      const ask = client(t, port)
      if (isHandedOver) assert.equal((await ask('/node')).status, 404)
      return ask
    }
    assert.equal((await post(await open(), Buffer.alloc(1000))).body.length, 1000)
    assert.equal((await post(await open(), Buffer.alloc(1001))).status, 413)
    const wire = connect(t, port)
    if (isHandedOver) wire.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
    if (isHandedOver) await wire.until('Not Found')
    wire.write(`${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`)
    assert.match(await wire.rest(), /HTTP\/1\.1 413 /)
  }
})

test('close() of the handler lets requests of the server end, and takes no new ones', async (t) => {
  const { handler, server, port } = await serveNatively(t, 'echo_stream')
  const [idle, busy] = [connect(t, port), connect(t, port)]
  idle.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await idle.until('\r\n\r\n')
  busy.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
  await busy.until('1\r\na\r\n')
  const end = once(server, 'close')
  const closing = handler.close()
  assert.equal(server.listening, false)
  await idle.rest()
  await assert.rejects(send({ port, agent: false }), { code: 'ECONNREFUSED' })
  busy.write('b')
  assert.equal(await busy.rest(), '1\r\nb\r\n0\r\n\r\n')
  await closing
  await end
})

test('close() of the handler refuses the requests that are unanswered at its timeout', async (t) => {
  const { handler, server, port } = await serveNatively(t, 'waits_for_gate')
  const wire = connect(t, port)
  wire.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
  const count = async () => (await handler.handleRequest({ url: '/waiting' })).body.toString()
  await until(async () => await count() === '1', 'the request waits')
  const end = once(server, 'close')
  await handler.close({ timeout: 50 })
  await end
  assert.match(await wire.rest(), /^HTTP\/1\.1 503 /)
})
