'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { Request } = require('../..')
const { listen, openApp, temporaryFolder } = require('../support')
const { serveApp, TEXT } = require('./support')

/** The app's scope for a raw socket's handshake. */
async function dump(served, target, more) {
  const raw = served.raw(target, more)
  await raw.opened()
  const { opcode, payload } = await raw.frame()
  assert.equal(opcode, TEXT)
  return JSON.parse(payload)
}

/** The app's scope for a socket in the process. */
async function dumpInProcess(handler, options) {
  const response = await handler.handleStream(new Request({ websocket: true, ...options }))
  return JSON.parse(await response.nextMessage())
}

test('E1 E2 E3 E5 E6 E7 the scope of a socket', async (t) => {
  const served = await serveApp(t, 'ws_scope')
  const target = '/ws%20x/%C3%A9?a=%20&b'
  for (
    const { scope, types, kind } of [await dump(served, target), await dumpInProcess(served.handler, { url: target })]
  ) {
    assert.equal(kind, 'dict')
    assert.equal(scope.type, 'websocket')
    assert.equal(scope.asgi.version, '3.0')
    assert.equal(scope.asgi.spec_version, '2.5')
    assert.equal(scope.http_version, '1.1')
    assert.equal(scope.path, '/ws x/é')
    assert.deepEqual(scope.raw_path, { bytes: '/ws%20x/%C3%A9' })
    assert.deepEqual(scope.query_string, { bytes: 'a=%20&b' })
    assert.equal(Object.hasOwn(scope, 'method'), false)
    const { type, scheme, path: pathType, raw_path: rawPath, query_string: query, root_path: root } = types
    assert.deepEqual([type, scheme, pathType, rawPath, query, root], ['str', 'str', 'str', 'bytes', 'bytes', 'str'])
  }
})

test('E4 the scheme is ws, and wss over TLS', async (t) => {
  const plain = await serveApp(t, 'ws_scope')
  assert.equal((await dump(plain, '/')).scope.scheme, 'ws')
  const secure = await serveApp(t, 'ws_scope', { isSecure: true })
  const socket = secure.connect('/')
  await socket.closed
  assert.equal(JSON.parse(socket.messages[0]).scope.scheme, 'wss')
  for (const [url, scheme] of [['/', 'ws'], ['ws://a/', 'ws'], ['wss://a/', 'wss'], ['https://a/', 'wss']]) {
    assert.equal((await dumpInProcess(plain.handler, { url })).scope.scheme, scheme, url)
  }
})

test('E8 the root path is where the app is mounted', async (t) => {
  const { scope } = await dump(await serveApp(t, 'ws_scope'), '/chat')
  assert.equal(scope.root_path, '')
  const mounted = await dump(await serveApp(t, 'ws_scope', { rootPath: '/api' }), '/chat')
  assert.equal(mounted.scope.root_path, '/api')
  assert.equal(mounted.scope.path, '/api/chat')
})

test('E9 headers are pairs of bytes, in order and with duplicates', async (t) => {
  const served = await serveApp(t, 'ws_scope')
  const { scope, types } = await dump(served, '/', { headers: ['X-B: 1', 'X-A: caf\xe9', 'x-b: 2'] })
  for (const pair of types.headers) assert.deepEqual(pair, ['bytes', 'bytes'])
  const pairs = scope.headers.map((pair) => pair.map((item) => item.bytes))
  assert.deepEqual(pairs.filter(([name]) => name.startsWith('x-')), [['x-b', '1'], ['x-a', 'caf\xe9'], ['x-b', '2']])
})

test('E10 client and server are the addresses of the connection', async (t) => {
  const served = await serveApp(t, 'ws_scope')
  const raw = served.raw('/')
  await once(raw.socket, 'connect')
  const { localPort } = raw.socket
  await raw.opened()
  const { scope } = JSON.parse((await raw.frame()).payload)
  assert.deepEqual(scope.client, ['127.0.0.1', localPort])
  assert.deepEqual(scope.server, ['127.0.0.1', served.port])
  const inProcess = await dumpInProcess(served.handler, {
    url: '/',
    socket: { remoteAddress: '10.0.0.1', remotePort: 5, localAddress: '10.0.0.2', localPort: 6 },
  })
  assert.deepEqual([inProcess.scope.client, inProcess.scope.server], [['10.0.0.1', 5], ['10.0.0.2', 6]])
})

test('E10 a server on a Unix socket is its path', async (t) => {
  const handler = openApp(t, 'ws_scope')
  const server = http.createServer(handler.listener).on('upgrade', handler.upgrade)
  const file = path.join(temporaryFolder(t), 'socket')
  await listen(t, server, file)
  const { WebSocket } = require('ws')
  const [message] = await once(new WebSocket(`ws+unix://${file}`), 'message')
  const { scope } = JSON.parse(message)
  assert.deepEqual(scope.server, [file, null])
  assert.equal(scope.client ?? null, null)
})

test('E11 subprotocols are those of all headers, in the order of the client', async (t) => {
  const served = await serveApp(t, 'ws_scope')
  const both = ['Sec-WebSocket-Protocol: b, a', 'Sec-WebSocket-Protocol: c']
  assert.deepEqual((await dump(served, '/', { headers: both })).scope.subprotocols, ['b', 'a', 'c'])
  const none = await dump(served, '/')
  assert.deepEqual(none.scope.subprotocols, [])
  assert.deepEqual(none.types.subprotocols, [])
  const headers = { 'sec-websocket-protocol': ['x, y', 'z'] }
  const inProcess = await dumpInProcess(served.handler, { url: '/', headers })
  assert.deepEqual(inProcess.scope.subprotocols, ['x', 'y', 'z'])
  assert.deepEqual(inProcess.types.subprotocols, ['str', 'str', 'str'])
})

test('E12 state is a copy of the one of the lifespan, and absent without one', async (t) => {
  const on = await dump(await serveApp(t, 'ws_scope'), '/')
  assert.deepEqual(on.scope.state, { started: true })
  const off = await dump(await serveApp(t, 'ws_scope', { lifespan: 'off' }), '/')
  assert.equal(Object.hasOwn(off.scope, 'state'), false)
})

test('E13 I1 denial responses are among the extensions', async (t) => {
  const served = await serveApp(t, 'ws_scope')
  for (const { scope } of [await dump(served, '/'), await dumpInProcess(served.handler, { url: '/' })]) {
    assert.deepEqual(scope.extensions['websocket.http.response'], {})
  }
})
