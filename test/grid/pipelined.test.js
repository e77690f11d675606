'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { listen, openApp, quiet } = require('../support')

test('D22 a pipelined response that fails during the previous one keeps the chunks before the failure', async (t) => {
  quiet(t)
  const gated = openApp(t, 'gated')
  const failing = openApp(t, 'raises')
  const server = http.createServer((req, res) => (req.url === '/after' ? failing : gated).listener(req, res))
  const socket = net.connect(await listen(t, server), '127.0.0.1')
  t.after(() => socket.destroy())

  const both = new Promise((resolve) => {
    let count = 0
    server.on('request', () => (++count === 2 ? resolve() : undefined))
  })
  // Pipelined: the second request does not wait for the first response.
  socket.write('GET /hold/behind HTTP/1.1\r\nHost: x\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\n\r\n')
  await both
  // A later request has failed, so the app has handled the second one.
  await assert.rejects(failing.handleRequest({ url: '/before' }), { pythonType: 'ValueError' })
  await gated.handleRequest({ url: '/go/behind' })
  await gated.handleRequest({ url: '/go/behind' })

  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'end')
  const [, first, second] = Buffer.concat(chunks).toString().split('HTTP/1.1 200 OK\r\n')
  assert.match(first, /\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n$/)
  assert.match(second, /\r\n\r\n5\r\nfirst\r\n$/)
})
