'use strict'

// Headers of proxies about their clients mean the same to the server of a handler and to node:http.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { listen, openApp, send } = require('../support')
const { listening, serveNatively } = require('./support')

const FORGED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }

/** Header fields, and the client that they give if 10.0.0.0/8 are trusted proxies, too. */
const SAID = [
  FORGED,
  { 'X-Forwarded-For': '203.0.113.9:81' },
  { 'x-forwarded-for': '[2001:db8::1]:82' },
  { 'x-forwarded-for': '[2001:db8::1]' },
  { 'x-forwarded-for': '2001:db8::1' },
  { 'x-forwarded-for': '203.0.113.9:65536' },
  { 'x-forwarded-for': '203.0.113.9:99999999999999999999' },
  { 'x-forwarded-for': '203.0.113.9:' },
  { 'x-forwarded-for': ':80' },
  { 'x-forwarded-for': '[]:80' },
  { 'x-forwarded-for': '[2001:db8::1]x' },
  { 'x-forwarded-for': '[2001:db8::1]:x' },
  { 'x-forwarded-for': 'unknown, 10.0.0.1' },
  { 'x-forwarded-for': '_hidden' },
  { 'x-forwarded-for': '10.9.9.9, 203.0.113.9 , 10.1.2.3, 127.0.0.1' },
  { 'x-forwarded-for': '10.0.0.2,10.0.0.1' },
  { 'x-forwarded-for': '10.0.0.2:5, ::ffff:10.0.0.1' },
  { 'x-forwarded-for': '203.0.113.9, ::ffff:11.0.0.1' },
  { 'x-forwarded-for': '203.0.113.9, 010.0.0.1' },
  { 'x-forwarded-for': '203.0.113.9, 10.0.0.1.' },
  { 'x-forwarded-for': '203.0.113.9, 2001:db8:1::7' },
  { 'x-forwarded-for': '203.0.113.9, 2001:db9::7' },
  { 'x-forwarded-for': ['203.0.113.8', '10.0.0.1'] },
  { 'x-forwarded-for': ' , ', 'x-forwarded-proto': 'gopher' },
  { 'x-forwarded-for': '', 'x-forwarded-proto': '' },
  { 'x-forwarded-for': '\xe9, 10.0.0.1' },
  { 'x-forwarded-for': '\xa0203.0.113.9\xa0,10.0.0.1' },
  { 'x-forwarded-proto': ' HTTPS ' },
  { 'x-forwarded-proto': 'wss' },
  { 'x-forwarded-proto': 'http' },
  { 'x-forwarded-proto': ['https', 'http'] },
  { 'x-forwarded-proto': ['https', 'gopher'] },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-port': '81' },
]

/** The app's view of a request with these headers; the client's own port is replaced. */
async function seen(port, headers) {
  const response = await send({ port, path: '/', headers, agent: false })
  assert.equal(response.status, 200, JSON.stringify(headers))
  const { client, scheme, server } = JSON.parse(response.body)
  return { client, scheme, server: [server[0], server[1] === port] }
}

for (const forwardedAllowIps of ['127.0.0.1, 10.0.0.0/8,2001:db8::/33', '*', '10.0.0.0/8', '127.0.0.0/8', '::/0', '']) {
  test(`the proxies '${forwardedAllowIps}' are believed as by listener`, async (t) => {
    const { handler, port } = await serveNatively(t, 'dump_scope', { options: { forwardedAllowIps } })
    const byNode = openApp(t, 'dump_scope', { forwardedAllowIps })
    const other = await listen(t, http.createServer(byNode.listener))
    assert.notEqual(handler, byNode)
    for (const headers of SAID) {
      const [own, expected] = await Promise.all([seen(port, headers), seen(other, headers)])
      // Without a trusted proxy the client's port is that of its own connection.
      if (expected.client?.[0] === '127.0.0.1') own.client[1] = expected.client[1]
      assert.deepEqual(own, expected, JSON.stringify(headers))
    }
  })
}

test('proxies that the handler believes are those of its servers, unless these say otherwise', async (t) => {
  const handler = openApp(t, 'dump_scope', { forwardedAllowIps: ['127.0.0.1', '10.0.0.1'] })
  const believes = await listening(t, handler.createServer())
  const doubts = await listening(t, handler.createServer({ forwardedAllowIps: '' }))
  assert.equal((await seen(believes, FORGED)).client[0], '203.0.113.9')
  assert.equal((await seen(doubts, FORGED)).client[0], '127.0.0.1')
})

test('a connection that is handed over is believed as before', async (t) => {
  for (const [forwardedAllowIps, client, scheme] of [['127.0.0.1', '203.0.113.9', 'wss'], ['', '127.0.0.1', 'ws']]) {
    const { port } = await serveNatively(t, 'ws_scope', { options: { forwardedAllowIps } })
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: FORGED })
    const [text] = await once(webSocket, 'message')
    const { scope } = JSON.parse(text)
    assert.deepEqual([scope.client[0], scope.scheme], [client, scheme])
    webSocket.terminate()
  }
  const options = { paths: ['/python'], forwardedAllowIps: '127.0.0.1' }
  const { ask } = await serveNatively(t, 'dump_scope', { options, requestListener: (req, res) => res.end('from Node') })
  assert.equal((await ask('/')).text, 'from Node')
  const { client, scheme } = JSON.parse((await ask('/python', { headers: FORGED })).text)
  assert.deepEqual([client, scheme], [['203.0.113.9', 0], 'https'])
})
