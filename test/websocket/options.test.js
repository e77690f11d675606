'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler, Request } = require('../..')
const { docroot, send, until } = require('../support')
const { PING, TEXT, serveApp } = require('./support')

test('invalid options of WebSockets are refused', () => {
  const wrong = {
    wsMaxPayload: [-1, 1.5, '1', null],
    wsPingInterval: [-1, 1.5, '1', null],
    wsPingTimeout: [-1, Infinity, '1', null],
    wsQueue: [-1, 1.5, '1', null],
    wsAcceptTimeout: [-1, NaN, '1', null],
    perMessageDeflate: [1, 'yes', null],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const make = () => new PythonHandler('ws_echo:app', { docroot, [name]: value })
      assert.throws(make, { code: 'ERR_ASGI_INVALID_OPTION', message: new RegExp(name) }, `${name}: ${value}`)
    }
  }
})

test('wsMaxPayload is how large a message may be', async (t) => {
  const { connect } = await serveApp(t, 'ws_echo', { wsMaxPayload: 100 })
  const { closed, exchange, webSocket } = connect('/')
  assert.equal((await exchange('x'.repeat(100))).length, 100)
  webSocket.send('x'.repeat(101))
  assert.equal((await closed).code, 1009)
})

test('wsAcceptTimeout is how long the app may take to accept', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_receive', { wsAcceptTimeout: 10 })
  handler.on('error', () => undefined)
  assert.equal((await connect('/gate/wire').refused).status, 500)
  const opening = handler.handleStream(new Request({ websocket: true, url: '/gate/inside' }))
  await assert.rejects(opening, { code: 'ERR_ASGI_NO_RESPONSE' })
  for (const key of ['wire', 'inside']) {
    const { events } = await ask(`/seen/${key}`)
    assert.equal(events[1].type, 'websocket.disconnect')
  }
})

test('responseTimeout is not for WebSockets', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_receive', { responseTimeout: 10_000, wsAcceptTimeout: 0 })
  const { opened, webSocket } = connect('/gate/1')
  await ask('/go/1')
  await opened
  webSocket.close(1000)
  assert.equal((await ask('/seen/1')).events.pop().code, 1000)
})

test('perMessageDeflate compresses where the client can, and is on by default', async (t) => {
  const message = 'compressible '.repeat(10_000)
  const on = await serveApp(t, 'ws_echo')
  const both = on.connect('/', [], { perMessageDeflate: true })
  assert.equal(await both.exchange(message), message)
  assert.deepEqual(await both.exchange(Buffer.from(message)), Buffer.from(message))
  assert.equal(both.webSocket.extensions, 'permessage-deflate')
  assert.ok(both.webSocket._socket.bytesRead < message.length, 'it was compressed')
  const one = on.connect('/', [], { perMessageDeflate: false })
  assert.equal(await one.exchange(message), message)
  const off = (await serveApp(t, 'ws_echo', { perMessageDeflate: false })).connect('/', [], { perMessageDeflate: true })
  assert.equal(await off.exchange(message), message)
  assert.equal(off.webSocket.extensions, '')
})

test('perMessageDeflate takes the options of ws; a compressed flood arrives whole, and a bomb is not inflated', async (t) => {
  const options = { perMessageDeflate: { threshold: 0, serverNoContextTakeover: true }, wsMaxPayload: 1000 }
  const { connect } = await serveApp(t, 'ws_send', options)
  const { closed, messages } = connect('/flood/65536', [], { perMessageDeflate: true })
  assert.equal((await closed).code, 1000)
  assert.equal(messages.length, 1024)
  const echo = (await serveApp(t, 'ws_echo', options)).connect('/', [], { perMessageDeflate: { threshold: 0 } })
  await echo.opened
  echo.webSocket.send('x'.repeat(1_000_000))
  // Some versions of ws say that what they could not inflate is no data.
  const { code } = await echo.closed
  assert.ok(code === 1009 || code === 1007, `code ${code}`)
})

test('maxConcurrency refuses the next socket with 503', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_echo', { maxConcurrency: 1 })
  await connect('/').opened
  assert.equal((await connect('/').refused).status, 503)
  const opening = handler.handleStream(new Request({ websocket: true, url: '/' }))
  await assert.rejects(opening, { code: 'ERR_ASGI_TOO_MANY_REQUESTS' })
})

test('a rewriter changes handshakes too', async (t) => {
  const { PathRewriter } = require('../..')
  const served = await serveApp(t, 'ws_scope', { rewriter: new PathRewriter('^/old', '/new') })
  const { closed, messages } = served.connect('/old/chat?q')
  await closed
  const response = await served.handler.handleStream(new Request({ websocket: true, url: '/old/chat?q' }))
  for (const text of [messages[0], await response.nextMessage()]) {
    const { scope } = JSON.parse(text)
    assert.equal(scope.path, '/new/chat')
    assert.deepEqual(scope.query_string, { bytes: 'q' })
  }
})

test('close() closes open sockets with 1012, refuses waiting ones with 503, and disconnects the app', async (t) => {
  const { ask, connect, handler, port } = await serveApp(t, 'ws_receive')
  const witness = new PythonHandler('ws_receive:app', { docroot })
  t.after(() => witness.close())
  const seen = async (key) => JSON.parse((await witness.handleRequest({ url: `/seen/${key}` })).body)
  const open = connect('/events/open')
  await open.opened
  const inside = await handler.handleStream(new Request({ websocket: true, url: '/events/inside' }))
  const waiting = connect('/gate/waiting')
  const opening = handler.handleStream(new Request({ websocket: true, url: '/gate/opening' }))
  opening.catch(() => undefined)
  // Both are at the app once it has answered this.
  await once(waiting.webSocket._req, 'socket')
  await ask('/turn/1')
  await until(() => handler.stats().websockets === 4, 'all WebSockets are at the app')
  await handler.close({ timeout: 0 })
  assert.equal((await open.closed).code, 1012)
  assert.equal(await inside.next(), null)
  assert.equal(inside.closeCode, 1012)
  assert.equal((await waiting.refused).status, 503)
  await assert.rejects(opening, { code: 'ERR_ASGI_CLOSED' })
  for (const key of ['open', 'inside']) assert.equal((await seen(key)).pop().code, 1012)
  for (const key of ['waiting', 'opening']) assert.equal((await seen(key)).events.pop().code, 1012)
  assert.equal((await connect('/events/late').refused).status, 503)
  await assert.rejects(handler.handleStream(new Request({ websocket: true, url: '/' })), { code: 'ERR_ASGI_CLOSED' })
  assert.equal((await send({ port })).status, 503)
})

test('handshakes that are none are refused before the app is asked', async (t) => {
  const { handler, port, raw } = await serveApp(t, 'ws_echo')
  const cases = [
    [{ key: null }, 400],
    [{ key: 'short' }, 400],
    [{ version: '7' }, 400],
    [{ method: 'POST' }, 405],
    [{ headers: ['Sec-WebSocket-Protocol: a b'] }, 400],
  ]
  for (const [more, status] of cases) {
    assert.match((await raw('/', more).head())[0], new RegExp(`^HTTP/1.1 (${status}|400|426) `), JSON.stringify(more))
  }
  const upgrade = { connection: 'upgrade', upgrade: 'h2c' }
  assert.equal((await send({ port, headers: upgrade })).status, 400)
  assert.equal(handler.stats().websockets, 0)
})

test('a client may send 64 KiB before it is accepted, and more once it is', async (t) => {
  const { makeFrame } = require('./support')
  const { ask, raw } = await serveApp(t, 'ws_receive')
  const early = Buffer.concat(Array.from({ length: 100 }, () => makeFrame(TEXT, 'x'.repeat(10_000))))
  const socket = raw('/gate/early', { early })
  await ask('/go/early')
  await socket.opened()
  socket.drop()
  assert.ok((await ask('/seen/early')).events.length >= 2)
  const whole = raw('/gate/whole', { early })
  await ask('/go/whole')
  await whole.opened()
  whole.send(8, Buffer.from([3, 232]))
  assert.equal((await ask('/seen/whole')).events.length, 102)
})

test('a client that sends pings and reads no answer is not read', async (t) => {
  const { makeFrame } = require('./support')
  const { raw, server } = await serveApp(t, 'ws_echo')
  const accepted = once(server, 'upgrade').then(([, network]) => network)
  const socket = raw('/')
  await socket.opened()
  const network = await accepted
  const frames = Buffer.concat(Array.from({ length: 500 }, () => makeFrame(PING, 'x'.repeat(125))))
  const paused = once(network, 'pause')
  for (let i = 0; i < 512; i++) socket.socket.write(frames)
  await paused
  assert.ok(network.writableLength < 1024 * 1024, `${network.writableLength} bytes wait`)
})

test('without the package ws, reading upgrade throws an error that names the package', () => {
  const program = `
    const Module = require('node:module')
    const resolve = Module._resolveFilename
    Module._resolveFilename = function (name, ...rest) {
      if (/(^|\\/)ws$/.test(name)) throw Object.assign(new Error('no ' + name), { code: 'MODULE_NOT_FOUND' })
      return resolve.call(this, name, ...rest)
    }
    const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})
    const handler = new PythonHandler('ws_echo:app', { docroot: ${JSON.stringify(docroot)} })
    try { handler.upgrade } catch (error) { console.log(error.code, error.message) }
  `
  const said = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.match(said, /^ERR_ASGI_WEBSOCKET_LIBRARY .*npm install ws.*node-ws/)
})
