'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { serveApp } = require('./support')

const open = (handler, url) => handler.handleStream(new Request({ websocket: true, url }))

test('I2 a denial is an HTTP response, with its status, headers and body as it comes', async (t) => {
  const { ask, connect, raw } = await serveApp(t, 'ws_denial')
  const socket = raw('/whole/2')
  const [status, ...lines] = await socket.head()
  assert.equal(status, 'HTTP/1.1 401 Unauthorized')
  const own = lines.filter((line) => /^(x-|www-)/.test(line))
  assert.deepEqual(own, ['www-authenticate: Basic', 'x-b: 1', 'x-a: caf\xe9', 'x-b: 2'])
  assert.ok(lines.includes('Connection: close'))
  // The rest waits for a gate that is still closed.
  await ask('/go/2')
  const rest = (await socket.rest()).toString()
  assert.equal(rest.replace(/\r\n|^[0-9a-f]+\r\n/gm, '').replace(/\d/g, ''), 'who are you?')
  assert.equal((await ask('/seen/2')).type, 'websocket.disconnect')
  const refused = connect('/whole/3').refused
  await ask('/go/3')
  const { response, status: code, body, error } = await refused
  assert.deepEqual([code, body.toString(), error], [401, 'who are you?', null])
  assert.equal(response.headers['www-authenticate'], 'Basic')
})

test('I2 in the process a denial is a response whose body is a stream', async (t) => {
  const { ask, handler } = await serveApp(t, 'ws_denial')
  const response = await open(handler, '/whole/inside')
  assert.equal(response.status, 401)
  assert.deepEqual(response.headers.getAll('x-b'), ['1', '2'])
  assert.equal((await response.next()).toString(), 'who ')
  await ask('/go/inside')
  const rest = []
  for await (const chunk of response) rest.push(chunk)
  assert.equal(Buffer.concat(rest).toString(), 'are you?')
  assert.deepEqual([response.subprotocol, response.closeCode], [null, null])
})

test('I2 a denial has its body for any method name, also HEAD', async (t) => {
  const { ask, handler } = await serveApp(t, 'ws_denial')
  const response = await handler.handleStream(new Request({ websocket: true, method: 'HEAD', url: '/whole/head' }))
  await ask('/go/head')
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'who are you?')
})

test('I2 a client that leaves during its denial is a disconnect', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_denial')
  const socket = raw('/whole/5')
  await socket.head()
  socket.drop()
  await ask('/go/5')
  assert.equal((await ask('/seen/5')).type, 'websocket.disconnect')
})

test('I3 a denial cannot be followed by other messages', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_denial')
  const { status, body } = await connect('/mixed/mixed').refused
  assert.deepEqual([status, body.toString()], [403, 'denied'])
  const results = await ask('/seen/mixed')
  assert.equal(results.length, 5)
  for (const result of results) assert.notEqual(result, null)
})

test('I4 a denial without a body message is no complete response', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_denial')
  const errors = []
  handler.on('error', (error) => errors.push(error))
  const { status, error } = await connect('/empty/4').refused
  assert.equal(status, 401)
  assert.notEqual(error, null)
  assert.equal(errors[0].code, 'ERR_ASGI_INCOMPLETE_RESPONSE')
  const response = await open(handler, '/empty/4')
  await assert.rejects(response.next(), { code: 'ERR_ASGI_INCOMPLETE_RESPONSE' })
})

test('I4 an invalid status, and a body before the start, raise', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_denial')
  const { status, body } = await connect('/status/4').refused
  assert.deepEqual([status, body.length], [404, 0])
  const results = await ask('/seen/4')
  assert.equal(results.length, 5)
  for (const result of results) assert.notEqual(result, null)
})

test('I4 an exception in a denial cuts it off', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_denial')
  const errors = []
  handler.on('error', (error) => errors.push(error))
  const { status, body, error } = await connect('/crash/4').refused
  assert.deepEqual([status, body.toString()], [401, 'first'])
  assert.notEqual(error, null)
  assert.equal(errors[0].pythonType, 'LookupError')
})
