'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const express = require('express')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { missing } = require('../frameworks/servers')
const { PythonHandler } = require('../..')
const { openApp, send, temporaryFolder, until } = require('../support')
const { follow } = require('../websocket/support')
const { client, closed, connect, listening, serveNatively } = require('./support')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'frameworks')
const absent = missing(['fastapi'])
const skip = absent === '' ? false : `.venv lacks ${absent}`

/** Express and FastAPI on one port; returns it and the server. */
async function serveBoth(t) {
  const python = new PythonHandler('shares_a_port:app', { docroot })
  t.after(() => python.close({ timeout: 0 }))
  const app = express()
  app.get('/node/:name', (req, res) => res.json({ hello: req.params.name, client: req.socket.remotePort }))
  app.post(
    '/node/size',
    express.raw({ type: () => true, limit: '16mb' }),
    (req, res) => res.json({ size: req.body.length }),
  )
  const server = python.createServer({ paths: ['/api'] }, app)
  return { server, port: await listening(t, server) }
}

test('Express and FastAPI answer in turn on one connection', { skip }, async (t) => {
  const { server, port } = await serveBoth(t)
  const ask = client(t, port)
  const jsonOf = async (path) => JSON.parse((await ask(path)).text)
  assert.deepEqual(await jsonOf('/api/hello/a'), { hello: 'a' })
  assert.equal(server.stats().handedOver, 0)
  const { client: clientPort } = await jsonOf('/node/first')
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await jsonOf(`/api/hello/${i}`), { hello: String(i) })
    assert.deepEqual(await jsonOf(`/node/${i}`), { hello: String(i), client: clientPort })
  }
  assert.equal((await ask('/nowhere')).status, 404)
  assert.equal(server.stats().handedOver, 1)
})

test('a connection whose first request is for Express is handed over with its first byte', { skip }, async (t) => {
  const { server, port } = await serveBoth(t)
  const ask = client(t, port)
  assert.equal((await ask('/node/size', { method: 'POST', body: Buffer.alloc(1 << 20) })).text, '{"size":1048576}')
  assert.equal((await ask('/api/size', { method: 'POST', body: Buffer.alloc(1 << 20) })).text, '{"size":1048576}')
  assert.equal(server.stats().handedOver, 1)
})

test('requests that come in one piece are answered in order by both', { skip }, async (t) => {
  const { port } = await serveBoth(t)
  const paths = ['/api/hello/1', '/api/hello/2', '/node/3', '/api/hello/4', '/node/5']
  const wire = connect(t, port)
  const lines = (path, i) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${i === 4 ? 'Connection: close\r\n' : ''}\r\n`
  wire.write(paths.map(lines).join(''))
  const bodies = Array.from((await wire.rest()).matchAll(/\{"hello":"(\d)"/g), ([, name]) => name)
  assert.deepEqual(bodies, ['1', '2', '3', '4', '5'])
})

for (const [title, pieces] of [['the head', 1], ['a part of the body', 3]]) {
  test(`an upload of which ${title} was read goes on in Express, and then in FastAPI`, { skip }, async (t) => {
    const { server, port } = await serveBoth(t)
    const wire = connect(t, port)
    const octets = 'x'.repeat(300_000)
    for (const path of ['/node/size', '/api/size']) {
      const begin = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${4 * octets.length}\r\n\r\n`
      wire.write(begin + octets.repeat(pieces - 1))
      if (path === '/node/size') {
        await until(() => server.stats().handedOver > 0, 'the connection is handed over')
      }
      wire.write(octets.repeat(5 - pieces))
      await wire.until(`{"size":${4 * octets.length}}`)
    }
    assert.equal(server.stats().handedOver, 1)
  })
}

test('a WebSocket of FastAPI is opened on a new connection and on one that is kept open', { skip }, async (t) => {
  const { port } = await serveBoth(t)
  const agents = [undefined, new http.Agent({ keepAlive: true, maxSockets: 1 })]
  t.after(() => agents[1].destroy())
  for (const agent of agents) {
    if (agent !== undefined) await send({ port, path: '/api/hello/a', agent })
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/api/socket`, { agent })
    const { exchange, closed: ended } = follow(webSocket)
    assert.equal(await exchange('hello'), 'python: hello')
    assert.equal((await ended).code, 1000)
  }
})

test('WebSockets need no listener', async (t) => {
  const { port } = await serveNatively(t, 'ws_echo')
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`)
  const { exchange, closed: ended } = follow(webSocket)
  assert.equal(await exchange('text'), 'text')
  assert.deepEqual(await exchange(Buffer.from([0, 255])), Buffer.from([0, 255]))
  webSocket.close()
  await ended
})

test("a server of node:http gets the requests that are not Python's, and its WebSockets", async (t) => {
  const web = http.createServer((req, res) => res.end(`node ${req.url}`))
  web.on('upgrade', (req, socket) => {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${req.headers.upgrade}\r\n\r\n${req.url}`,
    )
  })
  web.on('connect', (req, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${req.url}`))
  web.on('checkContinue', (req, res) => {
    res.writeContinue()
    res.end('asked')
  })
  const { ask, port } = await serveNatively(t, 'answers_when', { options: { paths: ['/now'] }, requestListener: web })
  assert.equal((await ask('/other')).text, 'node /other')
  assert.equal((await ask('/now/python')).text, 'python')
  const upgrade = connect(t, port)
  upgrade.write('GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n')
  assert.match(await upgrade.rest(), /101 .*Upgrade: own\r\n\r\n\/socket$/s)
  const tunnel = connect(t, port)
  tunnel.write('CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n')
  assert.match(await tunnel.rest(), /200 OK\r\n\r\nb:1$/)
  const waiting = connect(t, port)
  waiting.write(
    'POST /other HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n',
  )
  await waiting.until('HTTP/1.1 100 Continue\r\n\r\n')
  waiting.write('x')
  assert.match(await waiting.rest(), /asked/)
  assert.equal(web.listening, false)
})

test('100 Continue is sent when the app reads the body, before and after the hand-over', async (t) => {
  const { port } = await serveNatively(t, 'sums_bodies', { options: { paths: ['/python'] } })
  const wire = connect(t, port)
  for (const isHandedOver of [false, true]) {
    if (isHandedOver) wire.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
    if (isHandedOver) await wire.until('\r\n\r\nNot Found')
    wire.write('POST /python HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n')
    await wire.until('HTTP/1.1 100 Continue\r\n\r\n')
    wire.write('x')
    await wire.until('1 x')
  }
})

test('a client that half-closed its connection is answered after the hand-over', async (t) => {
  const requestListener = (req, res) => setImmediate(() => res.end('node'))
  const { port } = await serveNatively(t, 'hello', { options: { paths: ['/python'] }, requestListener })
  const wire = connect(t, port)
  wire.socket.end('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.match(await wire.rest(), /^HTTP\/1\.1 200 OK\r\n.*node$/s)
})

test('connections beyond maxConnections are refused after the hand-over too', async (t) => {
  const options = { paths: ['/python'], maxConnections: 1 }
  const { server, port } = await serveNatively(t, 'hello', { options, requestListener: (req, res) => res.end('node') })
  const get = (wire) => wire.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
  const first = connect(t, port)
  get(first)
  await first.until('node')
  const told = once(server, 'drop')
  const second = connect(t, port)
  get(second)
  assert.equal(await second.rest(), '')
  assert.equal((await told)[0].count, 1)
  get(first)
  await first.until('node')
})

test('a request for an unsupported upgrade is answered as an ordinary one', async (t) => {
  const { port } = await serveNatively(t, 'answers_when')
  const wire = connect(t, port)
  wire.write('GET /now/plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n')
  assert.match(await wire.rest(), /^HTTP\/1\.1 200 OK\r\n.*plain/s)
})

test('the health path and the headers are those of the server also after the hand-over', async (t) => {
  const options = { paths: ['/now'], healthPath: '/health', headers: { 'x-server': 'one' } }
  const { ask, server } = await serveNatively(t, 'answers_when', { options, requestListener: (req, res) => res.end() })
  await ask('/node')
  for (const path of ['/health', '/now/x', '/node']) {
    const { status, headers } = await ask(path)
    assert.equal(status, 200)
    assert.equal(headers['x-server'], 'one', path)
  }
  assert.equal((await ask('/health')).text, 'ok')
  assert.equal(server.stats().handedOver, 1)
})

test('the scope of a request is the same before and after the hand-over', async (t) => {
  const { ask, port } = await serveNatively(t, 'dump_scope', { options: { paths: ['/scope'] } })
  const headers = { 'X-Many': ['a', 'b'] }
  const scopeOf = async () => factsOf((await ask('/scope/%C3%A4?q=%20', { headers })).text)
  const before = await scopeOf()
  assert.equal((await ask('/node')).status, 404)
  const after = await scopeOf()
  assert.deepEqual(after, before)
  assert.deepEqual(before.server, ['127.0.0.1', port])
})

/** The parts of a scope about its request. Extensions of the connection may differ. */
function factsOf(text) {
  return { ...JSON.parse(text), extensions: null }
}

test('a Unix socket is handed over too, with its path as the server of the scope', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const socketPath = path.join(temporaryFolder(t), 'socket')
  const server = handler.createServer({ paths: ['/scope'] }, (req, res) => res.end('node')).listen(socketPath)
  t.after(() => closed(server))
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ask = async (path) => (await send({ socketPath, path, agent, host: undefined })).body.toString()
  const before = factsOf(await ask('/scope'))
  assert.equal(await ask('/other'), 'node')
  const after = factsOf(await ask('/scope'))
  assert.deepEqual(after, before)
  assert.deepEqual(after.server, [socketPath, null])
})

test('close() in the middle lets both ends of a connection that was handed over finish', async (t) => {
  let answer
  const requestListener = (req, res) => (answer = () => res.end('node'))
  const options = { paths: ['/python'] }
  const { handler, server, port } = await serveNatively(t, 'echo_stream', { options, requestListener })
  const [idle, node, python] = [0, 1, 2].map(() => connect(t, port))
  idle.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => answer, 'Node has the request')
  answer()
  await idle.until('node')
  answer = undefined
  node.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => answer, 'Node has the request')
  python.write('POST /python HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
  await python.until('1\r\na\r\n')
  const end = once(server, 'close')
  server.close()
  await idle.rest()
  answer()
  assert.match(await node.rest(), /Connection: close\r\n.*node$/s)
  assert.ok(handler.stats().inFlight <= 1)
  python.write('b')
  assert.equal(await python.rest(), '1\r\nb\r\n0\r\n\r\n')
  await end
})

test("close() waits for WebSockets, which the handler's close ends with 1012", async (t) => {
  const { handler, server, port } = await serveNatively(t, 'ws_echo')
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`)
  const { exchange, closed: ended } = follow(webSocket)
  assert.equal(await exchange('open'), 'open')
  let hasClosed = false
  const end = once(server, 'close').then(() => (hasClosed = true))
  server.close()
  assert.equal(await exchange('still open'), 'still open')
  assert.equal(hasClosed, false)
  await handler.close({ timeout: 50 })
  assert.equal((await ended).code, 1012)
  await end
})

test('a connection whose client left during the hand-over is closed', async (t) => {
  const { server, port } = await serveNatively(t, 'hello', { options: { paths: ['/python'] } })
  for (let i = 0; i < 20; i++) {
    const { socket } = connect(t, port)
    await once(socket, 'connect')
    socket.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
    socket.resetAndDestroy?.()
    socket.destroy()
  }
  await until(() => server.stats().connections === 0, 'all connections are closed')
  await closed(server)
})
