'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http2 = require('node:http2')
const { test } = require('node:test')
const { Sessions } = require('../../js/serve/sessions')
const wire = require('../fuzz/http2-wire')
const { listen, makeFolder, selfSigned, send, sendHTTP2, until } = require('../support')
const { serve, socketsOf } = require('./support')

const BEGIN = Buffer.concat([wire.PREFACE, wire.settings()])

/** Far more than any of these tests needs. */
const LONG = 600_000

const LIMITS = { keepAlive: LONG, first: 0, headers: LONG, silence: LONG, stall: LONG }

/** Serves a handler of node:http2 with limits for its sessions. `left` resolves when it has no connection any more. */
async function limited(t, limits, onRequest) {
  const server = http2.createSecureServer(selfSigned(), onRequest)
  const sessions = new Sessions(server, { ...LIMITS, ...limits })
  const connections = new Set()
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  t.after(() => sessions.destroy())
  const port = await listen(t, server)
  const left = async () => {
    while (connections.size > 0) await Promise.race(Array.from(connections, (socket) => once(socket, 'close')))
  }
  return { port, left }
}

/** Opens a connection, sends the given data, and does nothing more. */
async function open(t, port, ...parts) {
  const socket = await wire.openTLS(port)
  t.after(() => socket.destroy())
  socket.write(Buffer.concat(parts))
  return socket
}

/** Waits for the end of a connection, and does something again and again until then. */
async function untilClosed(socket, act) {
  const timer = setInterval(() => socket.destroyed || act(), 5)
  try {
    if (!socket.destroyed) await once(socket, 'close')
  } finally {
    clearInterval(timer)
  }
}

const never = () => assert.fail('there was no request')

test('a session that does not begin is ended', async (t) => {
  const { port, left } = await limited(t, { keepAlive: 20 }, never)
  await untilClosed(await open(t, port), () => {})
  await untilClosed(await open(t, port, BEGIN), () => {})
  await left()
})

test('a request whose headers do not end is closed after the limit, even if the client sends data', async (t) => {
  const { port, left } = await limited(t, { headers: 50 }, never)
  const socket = await open(t, port, BEGIN)
  const block = wire.headerBlock(wire.requestHeaders())
  const parts = [wire.frame(wire.HEADERS, wire.END_STREAM, 1, block)]
  // An empty header is one, too.
  await untilClosed(
    socket,
    () => socket.write(parts.pop() ?? wire.frame(wire.CONTINUATION, 0, 1, wire.headerBlock([['x', '']]))),
  )
  await left()
})

test('a session whose requests are over is ended when it is not used again', async (t) => {
  const { port, left } = await limited(t, { keepAlive: 20, first: LONG }, (_req, res) => res.end('done'))
  await untilClosed(await open(t, port, BEGIN, wire.request(1), wire.request(3)), () => {})
  await left()
})

test('a client that does not read its response is dropped, even if it answers pings', async (t) => {
  const closed = []
  const { port, left } = await limited(t, { stall: 50, headers: 50 }, (_req, res) => {
    closed.push(once(res, 'close'))
    res.end(Buffer.alloc(1 << 20))
  })
  const noWindow = wire.settings([[4, 0]])
  const socket = await open(t, port, wire.PREFACE, noWindow, wire.request(1), wire.request(3))
  await untilClosed(socket, () => socket.write(wire.frame(wire.PING, 0, 0, Buffer.alloc(8))))
  assert.equal(closed.length, 2)
  await Promise.all(closed)
  await left()
})

test('a client that answers nothing is given up with its requests', async (t) => {
  const closed = []
  const { port, left } = await limited(t, { silence: 30 }, (_req, res) => closed.push(once(res, 'close')))
  await untilClosed(await open(t, port, BEGIN, wire.request(1), wire.request(3)), () => {})
  assert.equal(closed.length, 2)
  await Promise.all(closed)
  await left()
})

/** Octets that break the protocol, so that Node says so and listens no more. */
const BREACHES = {
  'data before a request': wire.frame(wire.DATA, 0, 101, Buffer.from('a')),
  'a promise of a client': wire.frame(wire.PUSH_PROMISE, wire.END_HEADERS, 1, Buffer.alloc(4)),
  'far too many resets': Buffer.concat(
    Array.from({ length: 2000 }, (_, index) => [wire.request(2 * index + 5), wire.reset(2 * index + 5)]).flat(),
  ),
}

for (const [what, bytes] of Object.entries(BREACHES)) {
  test(`no session is left of a client that breaks the protocol and disconnects: ${what}`, async (t) => {
    const open = new Set()
    const { port, left } = await limited(t, { keepAlive: 20, silence: 30 }, (req, res) => {
      open.add(res)
      res.on('close', () => open.delete(res))
      if (req.url === '/late') setTimeout(() => res.end('late'), 10)
    })
    const sockets = await Promise.all(Array.from({ length: 5 }, () => wire.openTLS(port)))
    for (const socket of sockets) {
      socket.end(Buffer.concat([BEGIN, wire.request(1), wire.request(3, { path: '/late' }), bytes]))
    }
    await left()
    await until(() => open.size === 0, 'all responses are closed')
  })
}

test('a request may take as long as it likes, and its response as long as its client takes some of it', async (t) => {
  const limits = { keepAlive: 20, headers: 20, silence: 40, stall: 40 }
  const { port } = await limited(t, limits, (req, res) => {
    const length = Number(req.headers['x-length'])
    setTimeout(() => res.end(Buffer.alloc(length)), 300)
  })
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const stream = session.request({ ':path': '/', 'x-length': String(1 << 20) })
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(length, 1 << 20)
})

test('serve keeps no descriptor and no request of clients that break HTTP/2 and leave', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  const args = ['--http2', '--ssl-certfile', `${folder}/both.pem`, '--timeout-keep-alive', '0.1', '--no-access-log']
  const { port, child, ended } = await serve(t, 'answers_with_scope:app', [...args, '--metrics-path', '/metrics'])
  const ask = async (path) => {
    const options = { port, protocol: 'https:', rejectUnauthorized: false, agent: false, path }
    return (await send(options)).body.toString()
  }
  // A first connection has what every process keeps.
  await ask('/')
  const before = socketsOf(child.pid)
  for (const bytes of Object.values(BREACHES)) {
    for (let i = 0; i < 10; i++) {
      const socket = await wire.openTLS(port)
      socket.end(Buffer.concat([BEGIN, wire.request(1), wire.request(3), bytes]))
    }
  }
  await until(() => socketsOf(child.pid) <= before, 'the sockets are closed')
  await until(async () => /in_flight 0\n/.test(await ask('/metrics')), 'nothing is in flight')
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
})

test('serve limits the concurrent requests of a session, and announces the limit', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  const { port } = await serve(t, 'answers_with_scope:app', ['--http2', '--ssl-certfile', `${folder}/both.pem`])
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const [{ maxConcurrentStreams }] = await once(session, 'remoteSettings')
  assert.equal(maxConcurrentStreams, 128)
  // More wait in the client.
  const answers = await Promise.all(Array.from({ length: 300 }, () => sendHTTP2(session, { ':path': '/' })))
  for (const { headers } of answers) assert.equal(headers[':status'], 200)
})
