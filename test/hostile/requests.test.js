'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { responsesIn } = require('../fuzz/sockets')
const { open } = require('../fuzz/world')
const { listen, send, temporaryFolder, until } = require('../support')
const { exchange, serveHostile } = require('./support')

const APP = 'does_harm:tell_whatever'

/** Sends octets and gives the responses, and what the app has seen of each. */
async function seen(port, text) {
  const bytes = Buffer.from(await exchange(port, text, { ends: !/connection: close/i.test(text) }), 'latin1')
  return responsesIn(bytes).map(({ status, body }) => ({ status, scope: status === 200 ? JSON.parse(body) : null }))
}

const CLOSE = 'Connection: close\r\n'
const host = (line) => `${line}\r\nHost: localhost\r\n${CLOSE}`

const REFUSED = {
  'a length beside chunks': `${
    host('POST / HTTP/1.1')
  }Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `${host('POST / HTTP/1.1')}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
  'a length with a sign': `${host('POST / HTTP/1.1')}Content-Length: +4\r\n\r\nabcd`,
  'a length in hexadecimal': `${host('POST / HTTP/1.1')}Content-Length: 0x4\r\n\r\nabcd`,
  'chunks that are not last': `${host('POST / HTTP/1.1')}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${host('POST / HTTP/1.1')}Content-Length : 4\r\n\r\nabcd`,
  'a space in a name': `${host('GET / HTTP/1.1')}x y: 1\r\n\r\n`,
  'a name without an end': `${host('GET / HTTP/1.1')}x\r\n\r\n`,
  'NUL in a value': `${host('GET / HTTP/1.1')}x: a\0b\r\n\r\n`,
  'NUL in a name': `${host('GET / HTTP/1.1')}x\0: a\r\n\r\n`,
  'NUL in the target': `${host('GET /\0 HTTP/1.1')}\r\n`,
  'a chunk size that is none': `${host('POST / HTTP/1.1')}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`,
  'a huge chunk size': `${host('POST / HTTP/1.1')}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n`,
  'a version that is none': `${host('GET / HTTP/9.9')}\r\n`,
  'no target': `${host('GET HTTP/1.1')}\r\n`,
  'a header bomb in bytes': `${host('GET / HTTP/1.1')}x: ${'a'.repeat(100_000)}\r\n\r\n`,
  'a header bomb in number': `${host('GET / HTTP/1.1')}${'x: a\r\n'.repeat(10_000)}\r\n`,
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`a request with ${what} does not reach the app`, async (t) => {
    const { handler, port } = await serveHostile(t, APP)
    const before = handler.stats().requests
    const responses = await seen(port, text)
    // 505 is for a version that is none, from servers that say so.
    for (const { status } of responses) assert.ok((status >= 400 && status < 500) || status === 505, `status ${status}`)
    const [next] = await seen(port, `${host('GET /next HTTP/1.1')}\r\n`)
    assert.equal(next.scope.path, '/next')
    // Chunks are read when the request has begun: the app may have been called, and have received a disconnect.
    assert.ok(handler.stats().requests - before <= 2)
  })
}

test('a folded header is one header, or none', async (t) => {
  const { port } = await serveHostile(t, APP)
  const [{ status, scope }] = await seen(port, `${host('GET / HTTP/1.1')}x-a: 1\r\n x-evil: 2\r\n\r\n`)
  if (status === 200) assert.equal(scope.headers.some(([name]) => name === 'x-evil'), false)
  else assert.equal(status, 400)
})

test('underscores and dashes in names are kept', async (t) => {
  const { port } = await serveHostile(t, APP)
  const text = `${host('POST / HTTP/1.1')}content_length: 100\r\ntransfer_encoding: chunked\r\nX_A: 1\r\nX-A: 2\r\n\r\n`
  const [{ scope }] = await seen(port, text)
  assert.deepEqual(scope.headers.slice(2), [
    ['content_length', '100'],
    ['transfer_encoding', 'chunked'],
    ['x_a', '1'],
    ['x-a', '2'],
  ])
  assert.equal(scope.length, 0)
})

const LATIN = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join('')

test('every octet that a value may have is the same for the app', async (t) => {
  const { port } = await serveHostile(t, APP)
  const [{ scope }] = await seen(port, `${host('GET / HTTP/1.1')}x: a\t${LATIN}~\r\n\r\n`)
  assert.deepEqual(scope.headers.at(-1), ['x', `a\t${LATIN}~`])
})

test('as many headers as Node keeps reach the app in their order', async (t) => {
  const { port } = await serveHostile(t, APP, { server: { maxHeaderSize: 1 << 20 } })
  const names = Array.from({ length: 997 }, (_, index) => `x-${index}`)
  const [{ scope }] = await seen(
    port,
    `${host('GET / HTTP/1.1')}${names.map((name) => `${name}: ${name}\r\n`).join('')}\r\n`,
  )
  assert.deepEqual(scope.headers.slice(2), names.map((name) => [name, name]))
})

const TARGETS = [
  // What goes over the wire, and what of it are the path, the path as it came, and the query.
  ['//evil/a', '//evil/a', '//evil/a', ''],
  ['/../../etc/passwd', '/../../etc/passwd', '/../../etc/passwd', ''],
  ['/%2e%2e/%2E', '/../.', '/%2e%2e/%2E', ''],
  ['/a%2Fb', '/a/b', '/a%2Fb', ''],
  ['/a%00b', '/a\0b', '/a%00b', ''],
  ['/%zz%4', '/%zz%4', '/%zz%4', ''],
  ['/%ff%fe', '/\ufffd\ufffd', '/%ff%fe', ''],
  ['/a?b?c=%00', '/a', '/a', 'b?c=%00'],
  ['/a;b\\c', '/a;b\\c', '/a;b\\c', ''],
  ['http://localhost/a?b', '/a', '/a', 'b'],
  ['HTTP://localhost', '/', '/', ''],
  ['http://localhost?b', '/', '/', 'b'],
]

for (const [target, path, raw, query] of TARGETS) {
  test(`a target is passed on as it is: ${target}`, async (t) => {
    const { port } = await serveHostile(t, APP)
    const [{ scope }] = await seen(port, `${host(`GET ${target} HTTP/1.1`)}\r\n`)
    assert.deepEqual([scope.path, scope.raw_path, scope.query], [path, raw, query])
    assert.deepEqual(scope.headers[0], ['host', 'localhost'])
  })
}

test('of a target with a user and another host the path counts, or it is refused', async (t) => {
  const { port } = await serveHostile(t, APP)
  const [{ status, scope }] = await seen(port, `${host('GET HTTP://user:pass@other:80 HTTP/1.1')}\r\n`)
  if (status === 200) assert.deepEqual([scope.path, scope.raw_path, scope.query], ['/', '/', ''])
  else assert.equal(status, 400)
})

test('OPTIONS of the server itself has the path *', async (t) => {
  const { port } = await serveHostile(t, APP)
  const [{ scope }] = await seen(port, `${host('OPTIONS * HTTP/1.1')}\r\n`)
  assert.deepEqual([scope.path, scope.raw_path, scope.method], ['*', '*', 'OPTIONS'])
})

for (const target of ['evil', 'localhost:80', 'http://', 'http://a b/', 'javascript:alert(1)', '?a']) {
  test(`an invalid target is a 400: ${target}`, async (t) => {
    const { handler, port } = await serveHostile(t, APP)
    const responses = await seen(port, `${host(`GET ${target} HTTP/1.1`)}\r\n`)
    for (const { status } of responses) assert.equal(status, 400)
    assert.equal(handler.stats().requests, 0)
  })
}

test('proxy headers are not believed', async (t) => {
  const { port } = await serveHostile(t, APP)
  const headers =
    'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nForwarded: for=203.0.113.9;proto=https\r\n'
  const [{ scope }] = await seen(port, `${host('GET / HTTP/1.1')}${headers}X-Real-IP: 203.0.113.9\r\n\r\n`)
  assert.equal(scope.client[0], '127.0.0.1')
  assert.equal(scope.scheme, 'http')
})

test('a Unix socket may have any path', async (t) => {
  const handler = open(APP)
  t.after(() => handler.close())
  const socketPath = path.join(temporaryFolder(t), 'caf\xe9 \u20ac.sock')
  await listen(t, http.createServer(handler.listener), socketPath)
  const { status, body } = await send({ socketPath, path: '/' })
  assert.equal(status, 200)
  assert.deepEqual(JSON.parse(body).server, [socketPath, null])
})

const LIMITS = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 }

test('Node closes the connection of a slow head, and the app is not called', async (t) => {
  const { handler, port } = await serveHostile(t, APP, { server: LIMITS })
  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: loc')
  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.equal(handler.stats().requests, 0)
})

test('Node closes the connection of a slow body, and the app receives a disconnect', async (t) => {
  const { handler, port } = await serveHostile(t, APP, { server: LIMITS })
  await exchange(port, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc')
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
  assert.equal(handler.stats().disconnects, 1)
})

test('hundreds of slow clients do not keep a fast one from its answer', async (t) => {
  const { port } = await serveHostile(t, APP)
  const slow = Array.from({ length: 300 }, () => net.connect(port, '127.0.0.1'))
  t.after(() => slow.forEach((socket) => socket.destroy()))
  for (const socket of slow) {
    socket.on('error', () => undefined)
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na')
  }
  await Promise.all(slow.map((socket) => once(socket, 'ready')))
  const [{ scope }] = await seen(port, `${host('GET /fast HTTP/1.1')}\r\n`)
  assert.equal(scope.path, '/fast')
  for (const socket of slow) socket.destroy()
})
