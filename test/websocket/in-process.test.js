'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const v8 = require('node:v8')
const vm = require('node:vm')
const { Request, Response } = require('../..')
const { openApp, until } = require('../support')
const { ask } = require('./support')

v8.setFlagsFromString('--expose-gc')
const collectGarbage = vm.runInNewContext('gc')

async function open(handler, url, more) {
  const request = new Request({ websocket: true, url, ...more })
  return { request, response: await handler.handleStream(request) }
}

test('a request has the property websocket', () => {
  const request = new Request({ websocket: true, url: '/a' })
  assert.equal(request.websocket, true)
  assert.equal(request.body, null)
  assert.deepEqual(request.toJSON(), { method: 'GET', url: '/a', headers: {}, websocket: true })
  assert.equal(new Request({ url: '/a' }).websocket, false)
  assert.throws(() => new Request({ websocket: true, url: '/a', body: 'b' }), { code: 'ERR_ASGI_INVALID_BODY' })
})

test('a WebSocket is opened with handleStream only, and once', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const { request } = await open(handler, '/')
  await assert.rejects(handler.handleRequest(request), { code: 'ERR_ASGI_EXPECTED_REQUEST' })
  assert.throws(() => handler.handleRequestSync(request), { code: 'ERR_ASGI_EXPECTED_REQUEST' })
  await assert.rejects(handler.handleStream(request), { code: 'ERR_ASGI_REQUEST_USED' })
})

test('messages written before the request is handed over arrive in order, and so does the close', async (t) => {
  const handler = openApp(t, 'ws_receive')
  // A client that leaves while the app starts is not shown to it.
  await handler.ready()
  const request = new Request({ websocket: true, url: '/events/held' })
  const bytes = Buffer.from('two')
  await request.write('one')
  await request.write(bytes)
  bytes.fill(0)
  await request.end(3001, 'bye')
  await assert.rejects(handler.handleStream(request), { code: 'ERR_ASGI_DISCONNECTED' })
  const events = await ask(handler, '/seen/held')
  assert.equal(events.pop().code, 3001)
})

test('messages are copied when they are written', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const { request, response } = await open(handler, '/')
  const bytes = Buffer.from('before')
  const writing = request.write(bytes)
  bytes.fill('x')
  await writing
  assert.equal((await response.nextMessage()).toString(), 'before')
  await request.write('lone surrogate \ud800')
  assert.equal(await response.nextMessage(), 'lone surrogate \ufffd')
})

test('invalid messages, reasons and codes are refused', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const { request, response } = await open(handler, '/')
  for (const message of [null, undefined, 5, {}, []]) {
    await assert.rejects(request.write(message), { code: 'ERR_ASGI_INVALID_BODY' }, String(message))
  }
  for (const code of [999, 1004, 1005, 1006, 1015, 2000, 5000, '1000', NaN, null]) {
    await assert.rejects(request.end(code), { code: 'ERR_ASGI_INVALID_OPTION' }, String(code))
  }
  for (const reason of ['ü'.repeat(62), 5, null]) {
    await assert.rejects(request.end(1000, reason), { code: 'ERR_ASGI_INVALID_OPTION' }, String(reason))
  }
  await request.end(4000, 'ü'.repeat(61))
  await request.end()
  await assert.rejects(request.write('late'), { code: 'ERR_ASGI_WRITE_AFTER_END' })
  assert.equal(await response.nextMessage(), null)
  assert.deepEqual([response.closeCode, response.closeReason], [4000, 'ü'.repeat(61)])
})

test('the code is there once everything was read', async (t) => {
  const handler = openApp(t, 'ws_send')
  const { response } = await open(handler, '/return/after')
  assert.equal(response instanceof Response, true)
  assert.deepEqual([response.closeCode, response.closeReason], [null, null])
  assert.equal(await response.nextMessage(), 'first')
  assert.equal(await response.nextMessage(), null)
  assert.equal(await response.next(), null)
  assert.deepEqual([response.closeCode, response.closeReason], [1000, ''])
})

test('several readers get one message each, in order', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const { request, response } = await open(handler, '/')
  const reading = [response.nextMessage(), response.nextMessage(), response.next(), response.next()]
  for (const message of ['a', 'b', 'c']) await request.write(message)
  assert.deepEqual(await Promise.all(reading.slice(0, 3)), ['a', 'b', Buffer.from('c')])
  await request.end()
  assert.equal(await reading[3], null)
})

test('leaving for await, destroy() and a signal reach the app and the pending reads', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const left = await open(handler, '/')
  await left.request.write('x')
  for await (const message of left.response) {
    assert.equal(message.toString(), 'x')
    break
  }
  await assert.rejects(left.response.next(), { code: 'ERR_ASGI_DISCONNECTED' })
  const destroyed = await open(handler, '/')
  const waiting = destroyed.response.nextMessage()
  destroyed.response.destroy(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(destroyed.request.write('x'), /enough/)
  const controller = new AbortController()
  const request = new Request({ websocket: true, url: '/' })
  const response = await handler.handleStream(request, { signal: controller.signal })
  controller.abort(new Error('aborted'))
  await assert.rejects(response.next(), /aborted/)
  assert.equal(response.closeCode, 1006)
  await assert.rejects(handler.handleStream(new Request({ websocket: true, url: '/' }), controller.signal), /aborted/)
})

test('messages to an app that has closed are dropped', async (t) => {
  const handler = openApp(t, 'ws_send')
  const { request, response } = await open(handler, '/close/code')
  assert.equal(await response.next(), null)
  await request.write('late')
  await request.end(1000)
  assert.equal(response.closeCode, 4000)
})

test('the request alone keeps the socket open, and without references to either it closes', async (t) => {
  const handler = openApp(t, 'ws_receive')
  const { request } = await open(handler, '/events/kept')
  collectGarbage()
  await request.write('still here')
  await request.end()
  assert.equal((await ask(handler, '/seen/kept')).pop().code, 1000)
  await (async () => {
    await open(handler, '/events/lost')
  })()
  const seen = ask(handler, '/seen/lost')
  let isSeen = false
  seen.then(() => (isSeen = true))
  await until(() => {
    collectGarbage()
    return isSeen
  }, 'the app has seen the disconnect')
  assert.equal((await seen).pop().code, 1006)
})
