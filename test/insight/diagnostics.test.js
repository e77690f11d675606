'use strict'

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const http = require('node:http')
const { test } = require('node:test')
const { Request } = require('../..')
const { listen, openApp } = require('../support')

const NAMES = ['request:start', 'response:start', 'request:end', 'request:error', 'websocket:open', 'websocket:close']

/** Collects the diagnostics messages of one handler until the end of the test, as [name, message]. */
function collect(t, handler) {
  const told = []
  for (const name of NAMES) {
    const full = `python-node:${name}`
    const hear = (message) => {
      if (message.request.handler === handler) told.push([name, message])
    }
    subscribe(full, hear)
    t.after(() => unsubscribe(full, hear))
  }
  return told
}

const names = (told) => told.map(([name]) => name)

test('a request is published at its start, its response and its end', async (t) => {
  const handler = openApp(t, 'hello')
  const told = collect(t, handler)
  await handler.handleRequest({
    method: 'POST',
    url: 'https://example.org/a?b=c',
    headers: { 'X-Sent': '1' },
    body: 'x',
  })
  assert.deepEqual(names(told), ['request:start', 'response:start', 'request:end'])
  const [{ request }, response, end] = told.map(([, message]) => message)
  assert.deepEqual({ ...request, handler: null, headers: request.headers.toJSON() }, {
    handler: null,
    headers: { 'x-sent': '1' },
    method: 'POST',
    url: '/a?b=c',
    scheme: 'https',
    httpVersion: '1.1',
    client: null,
  })
  assert.equal(response.request, request)
  assert.equal(response.status, 200)
  assert.equal(end.request, request)
  assert.equal(end.status, 200)
  assert.equal(end.aborted, false)
  assert.ok(end.elapsed >= response.elapsed && response.elapsed > 0)
})

test('a request through listener has the address of its client', async (t) => {
  const handler = openApp(t, 'hello')
  const told = collect(t, handler)
  const port = await listen(t, http.createServer(handler.listener))
  await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const [[, { request }]] = told
  assert.equal(request.client[0], '127.0.0.1')
  assert.ok(request.client[1] > 0)
})

test('an app that raises is published with its error, once', async (t) => {
  const handler = openApp(t, 'raises')
  const told = collect(t, handler)
  await assert.rejects(handler.handleRequest({ url: '/before' }), { code: 'ERR_ASGI_PYTHON' })
  assert.deepEqual(names(told), ['request:start', 'request:error'])
  assert.equal(told[1][1].error.code, 'ERR_ASGI_PYTHON')
  assert.equal(told[1][1].status, null)
})

test('a request that times out is reported as an error, and not as given up', async (t) => {
  const handler = openApp(t, 'notice_disconnect', { responseTimeout: 20 })
  const told = collect(t, handler)
  await assert.rejects(handler.handleRequest({ url: '/wait/told' }), { code: 'ERR_ASGI_NO_RESPONSE' })
  assert.deepEqual(names(told), ['request:start', 'request:error'])
  assert.equal(told[1][1].error.code, 'ERR_ASGI_NO_RESPONSE')
})

test('a request that is refused is reported as an error', async (t) => {
  const handler = openApp(t, 'hello')
  const told = collect(t, handler)
  await handler.close()
  await assert.rejects(handler.handleRequest({ url: '/' }), { code: 'ERR_ASGI_CLOSED' })
  assert.deepEqual(names(told), ['request:start', 'request:error'])
})

test('an aborted request is published as aborted', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const told = collect(t, handler)
  const response = await handler.handleStream({ url: '/stream/told' })
  response.destroy()
  assert.deepEqual(names(told), ['request:start', 'response:start', 'request:end'])
  assert.equal(told[2][1].aborted, true)
})

test('a WebSocket is published when it opens and when it closes', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const told = collect(t, handler)
  const request = new Request({ websocket: true, url: '/' })
  const socket = await handler.handleStream(request)
  await request.end(4000, 'bye')
  assert.equal(await socket.nextMessage(), null)
  assert.deepEqual(names(told), ['request:start', 'websocket:open', 'websocket:close', 'request:end'])
  assert.equal(told[2][1].code, 4000)
  assert.equal(told[3][1].aborted, true)
})

test('nothing is published without subscribers', async (t) => {
  const handler = openApp(t, 'hello')
  const told = []
  const hear = (message) => told.push(message)
  subscribe('python-node:request:start', hear)
  unsubscribe('python-node:request:start', hear)
  await handler.handleRequest({ url: '/' })
  assert.deepEqual(told, [])
})
