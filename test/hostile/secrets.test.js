'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { follow } = require('../websocket/support')
const { WebSocket } = require('ws')
const { listen, quiet } = require('../support')
const { exchange, handshake, docroot, serveHostile, target } = require('./support')

/** Texts of an app that has raised, which a client must not see. */
const SECRET = /secret|Traceback|ValueError|\.py|File "|Fixtures|at .*\.js/

const ask = (path) => `GET ${target(path)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`

test("a client sees nothing of the app's exception", async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm')
  const told = new Promise((resolve) => handler.once('error', resolve))
  const answer = await exchange(port, ask('/raise'))
  assert.match(answer, /^HTTP\/1\.1 500 [^]*\r\n\r\nInternal Server Error$/)
  assert.doesNotMatch(answer, SECRET)
  // Its owner does.
  assert.match((await told).pythonTraceback, /the-secret-of-this-traceback/)
})

test("a client sees nothing of the app's exception in the middle of its response", async (t) => {
  quiet(t)
  const { port } = await serveHostile(t, 'does_harm')
  const answer = await exchange(port, ask('/raise late'))
  assert.match(answer, /begun|^$/)
  assert.doesNotMatch(answer, SECRET)
  assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
})

test("a client sees nothing of the app's exception before it answers a handshake", async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const answer = await exchange(port, handshake(target('/raise')))
  assert.match(answer, /^HTTP\/1\.1 500 /)
  assert.doesNotMatch(answer, SECRET)
})

test("a close frame has nothing of the app's exception", async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target('/accept then raise')}`)
  assert.deepEqual(await follow(socket).closed, { code: 1011, reason: '' })
})

test('fetch rejects with a code, and a Response is never made of a traceback', async (t) => {
  const { handler } = await serveHostile(t, 'does_harm')
  const request = new globalThis.Request(`http://localhost${target('/raise')}`)
  await assert.rejects(handler.fetch(request), { code: 'ERR_ASGI_PYTHON', pythonType: 'ValueError' })
})

test('invalid requests are answered without a word about the server', async (t) => {
  quiet(t)
  const { port } = await serveHostile(t, 'does_harm')
  for (const line of ['GET http:// HTTP/1.1', 'GET evil HTTP/1.1', 'NONSENSE', 'GET / HTTP/1.1\r\nx y: 1']) {
    const answer = await exchange(port, `${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 400 /)
    assert.doesNotMatch(answer, SECRET)
  }
})

test('a traceback is shown with exposeErrors', async (t) => {
  quiet(t)
  const handler = new PythonHandler('does_harm:app', { docroot, exposeErrors: true })
  t.after(() => handler.close())
  const port = await listen(t, require('node:http').createServer(handler.listener))
  assert.match(await exchange(port, ask('/raise')), /the-secret-of-this-traceback/)
})
