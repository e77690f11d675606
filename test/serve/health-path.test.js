'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { send } = require('../support')
const { begin, close, serve, textOf } = require('./support')

test('the health path is answered without the app, and with 503 once the server closes', async (t) => {
  const served = await serve(t, 'notes_its_life:app', ['--health-path', '/health'])
  const { ended, port, says } = served
  const { status, body, headers } = await send({ port, path: '/health?from=probe' })
  assert.deepEqual([status, body.toString(), headers['cache-control']], [200, 'ok', 'no-store'])
  assert.equal((await send({ port, path: '/health', method: 'HEAD' })).status, 200)
  // The server does not close a connection on which a request has begun. These octets are sent before the other
  // request, so that the server has read them when the application gets that one.
  const probe = net.connect(port, '127.0.0.1')
  await new Promise((resolve) => probe.write('GET /health HTTP/1.1\r\n', resolve))
  const { request, response } = begin(port)
  await says(/^request$/m)
  await close(served)
  probe.write('Host: x\r\nConnection: close\r\n\r\n')
  const [answer] = await once(probe, 'data')
  assert.match(answer.toString(), /^HTTP\/1\.1 503 Service Unavailable\r\n/)
  request.end()
  await textOf(await response)
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.equal(stdout.match(/^request$/gm).length, 1, 'only the other request reached the app')
})
