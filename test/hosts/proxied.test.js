'use strict'

// Behind a proxy, in a server of one's own.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const express = require('express')
const http = require('node:http')
const { test } = require('node:test')
const WebSocket = require('ws')
const { listen, openApp, send, serve } = require('../support')

const FORGED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }

async function seen(request, headers = FORGED) {
  const { client, scheme } = JSON.parse((await request({ path: '/', headers })).body)
  return [client[0], scheme]
}

for (const protocol of ['http', 'h2c']) {
  test(`over ${protocol} only proxies that the handler knows are believed`, async (t) => {
    const cases = [
      [undefined, ['127.0.0.1', 'http']],
      ['', ['127.0.0.1', 'http']],
      ['10.0.0.0/8', ['127.0.0.1', 'http']],
      ['127.0.0.1', ['203.0.113.9', 'https']],
      [['10.0.0.0/8', '127.0.0.0/8'], ['203.0.113.9', 'https']],
      ['*', ['203.0.113.9', 'https']],
    ]
    for (const [forwardedAllowIps, expected] of cases) {
      const request = await serve(t, protocol, openApp(t, 'dump_scope', { forwardedAllowIps }).listener)
      assert.deepEqual(await seen(request), expected)
    }
  })
}

test('two handlers of one server, and of one connection, each believe their own', async (t) => {
  const [believes, doubts] = ['127.0.0.1', '10.0.0.1'].map((forwardedAllowIps) => {
    return openApp(t, 'dump_scope', { forwardedAllowIps }).listener
  })
  let count = 0
  const request = await serve(t, 'http', (req, res) => (count++ % 2 === 0 ? doubts : believes)(req, res))
  assert.deepEqual(await seen(request), ['127.0.0.1', 'http'])
  assert.deepEqual(await seen(request), ['203.0.113.9', 'https'])
  assert.deepEqual(await seen(request), ['127.0.0.1', 'http'])
})

test('headers that a middleware has removed are not used', async (t) => {
  const app = express()
  app.use((req, res, next) => {
    delete req.headers['x-forwarded-for']
    next()
  })
  app.use(openApp(t, 'dump_scope', { forwardedAllowIps: '127.0.0.1' }).listener)
  const port = await listen(t, http.createServer(app))
  assert.deepEqual(await seen((options) => send({ port, ...options })), ['127.0.0.1', 'https'])
})

test('a WebSocket learns of its client in the same way', async (t) => {
  const server = http.createServer()
  server.on('upgrade', openApp(t, 'ws_scope', { forwardedAllowIps: '127.0.0.1' }).upgrade)
  const port = await listen(t, server)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: FORGED })
  const [text] = await once(client, 'message')
  const { scope } = JSON.parse(text)
  assert.deepEqual([scope.client, scope.scheme], [['203.0.113.9', 0], 'wss'])
  client.terminate()
})

test('an invalid list of addresses is refused before the app is imported', (t) => {
  for (const forwardedAllowIps of [5, 'proxy', '10.0.0.0/33', '10.0.0.0/8/8', ['10.0.0.1', 5], {}]) {
    const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: /forwardedAllowIps/ }
    assert.throws(() => openApp(t, 'no_such_app', { forwardedAllowIps }), expected)
  }
})
