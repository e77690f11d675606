'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { CLOSE, TEXT, serveApp } = require('./support')
const { until } = require('../support')

const MOST = 8 * 1024 * 1024

/** Opens a socket in the process. */
async function open(handler, url, headers) {
  const request = new Request({ websocket: true, url, headers })
  return { request, response: await handler.handleStream(request) }
}

/** Collects what the handler reports. */
function reported(handler) {
  const errors = []
  handler.on('error', (error) => errors.push(error))
  return errors
}

test('G1 the subprotocol that the app chooses reaches the client', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const { webSocket, opened } = connect('/accept/subprotocol', ['chat.v1', 'chat.v2'])
  await opened
  assert.equal(webSocket.protocol, 'chat.v2')
  const { response } = await open(handler, '/accept/subprotocol', { 'sec-websocket-protocol': 'chat.v1, chat.v2' })
  assert.equal(response.subprotocol, 'chat.v2')
  const none = await open(handler, '/accept/headers')
  assert.equal(none.response.subprotocol, '')
})

test('G2 headers of accept reach the client in order, byte by byte, without those of a connection', async (t) => {
  const { handler, raw } = await serveApp(t, 'ws_send')
  const lines = await raw('/accept/headers').opened()
  assert.deepEqual(lines.filter((line) => line.startsWith('x-')), ['x-b: 1', 'x-a: caf\xe9', 'x-b: 2'])
  const names = lines.slice(1).map((line) => line.split(':')[0].toLowerCase())
  assert.deepEqual(names.slice(0, 3), ['upgrade', 'connection', 'sec-websocket-accept'])
  assert.equal(names.length, 6)
  const { response } = await open(handler, '/accept/headers')
  assert.equal(response.status, 101)
  assert.deepEqual(response.headers.getAll('x-b'), ['1', '2'])
  assert.equal(response.headers.get('x-a'), 'caf\xe9')
})

test('G3 a subprotocol among the headers of accept raises', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_send')
  await connect('/accept/wrong').opened
  assert.equal((await ask('/seen/wrong')).is_oserror, false)
})

test('G4 G5 G7 messages come back as text and as bytes', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_echo')
  const { exchange, webSocket } = connect('/')
  const { request, response } = await open(handler, '/')
  const messages = ['grüße 🎉', '', Buffer.from([0, 255]), Buffer.alloc(0), 'x'.repeat(70000), Buffer.alloc(200000, 1)]
  for (const message of messages) {
    assert.deepEqual(await exchange(message), message)
    await request.write(message)
    assert.deepEqual(await response.nextMessage(), message)
  }
  webSocket.close()
  await request.write('text')
  await request.write(new Uint8Array([1, 2]))
  assert.deepEqual(await response.next(), Buffer.from('text'))
  assert.deepEqual(await response.next(), Buffer.from([1, 2]))
})

test('G6 text and bytes: one of them, the other absent or None', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_send')
  const { closed, messages } = connect('/keys/6')
  assert.equal((await closed).code, 1000)
  assert.deepEqual(messages, ['a', Buffer.from('b')])
  const [text, bytes, ...refused] = await ask('/seen/6')
  assert.deepEqual([text, bytes], [null, null])
  assert.equal(refused.length, 5)
  for (const { type, text: said } of refused) {
    assert.match(type, /^(ValueError|TypeError|RuntimeError|KeyError)$/)
    assert.notEqual(said, '')
  }
})

test('G8 close before accept refuses the handshake with 403', async (t) => {
  const { connect, handler, raw } = await serveApp(t, 'ws_send')
  assert.equal((await connect('/close/early').refused).status, 403)
  const socket = raw('/close/early')
  const [status, ...headers] = await socket.head()
  assert.equal(status, 'HTTP/1.1 403 Forbidden')
  assert.ok(headers.includes('Connection: close'))
  assert.equal((await socket.rest()).length, 0)
  const { response } = await open(handler, '/close/early')
  assert.deepEqual([response.status, response.subprotocol, response.closeCode], [403, null, null])
  assert.equal(await response.next(), null)
})

test('G9 G10 close gives its code, 1000 without one, and its reason', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const closes = { none: [1000, ''], code: [4000, ''], reason: [4000, 'genug für heute'] }
  for (const [kind, [code, reason]] of Object.entries(closes)) {
    assert.deepEqual(await connect(`/close/${kind}`).closed, { code, reason })
    const { response } = await open(handler, `/close/${kind}`)
    assert.equal(await response.nextMessage(), null)
    assert.deepEqual([response.closeCode, response.closeReason], [code, reason])
  }
})

test('G10 a reason that is too long for a close frame raises', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_send')
  assert.deepEqual(await connect('/close/long').closed, { code: 1000, reason: '' })
  assert.match((await ask('/seen/long')).text, /123/)
})

test('G11 an exception before accept is a 500', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const errors = reported(handler)
  const { status, body } = await connect('/raise/before').refused
  assert.equal(status, 500)
  assert.equal(body.toString(), 'Internal Server Error')
  assert.equal(errors.length, 1)
  assert.match(errors[0].message, /LookupError: raised before accept/)
  await assert.rejects(open(handler, '/raise/before'), { code: 'ERR_ASGI_PYTHON', pythonType: 'LookupError' })
})

test('G11 the client sees the traceback only when the handler shows errors', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send', { exposeErrors: true })
  reported(handler)
  const { body } = await connect('/raise/before').refused
  assert.match(body.toString(), /Traceback[^]*LookupError: raised before accept/)
})

test('G12 an exception after accept closes with 1011 and is reported', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const errors = reported(handler)
  const { closed, messages } = connect('/raise/after')
  assert.equal((await closed).code, 1011)
  assert.deepEqual(messages, ['first'])
  assert.equal(errors.length, 1)
  assert.match(errors[0].message, /LookupError: raised after accept/)
  const { response } = await open(handler, '/raise/after')
  assert.equal(await response.nextMessage(), 'first')
  await assert.rejects(response.nextMessage(), { code: 'ERR_ASGI_PYTHON', pythonType: 'LookupError' })
  await assert.rejects(response.next(), { code: 'ERR_ASGI_PYTHON' })
  assert.equal(response.closeCode, 1011)
})

test('G13 an app that returns after accept closes with 1000', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const { closed, messages } = connect('/return/after')
  assert.equal((await closed).code, 1000)
  assert.deepEqual(messages, ['first'])
  const { response } = await open(handler, '/return/after')
  const received = []
  for await (const message of response) received.push(message.toString())
  assert.deepEqual(received, ['first'])
  assert.equal(response.closeCode, 1000)
})

test('G14 an app that returns before accept refuses the handshake', async (t) => {
  const { connect, handler } = await serveApp(t, 'ws_send')
  const errors = reported(handler)
  const { status } = await connect('/return/before').refused
  assert.ok(status === 403 || status === 500, `status ${status}`)
  assert.equal(errors.length, status === 500 ? 1 : 0)
  if (status === 403) assert.equal((await open(handler, '/return/before')).response.status, 403)
  else await assert.rejects(open(handler, '/return/before'), { code: 'ERR_ASGI_NO_RESPONSE' })
})

test('G15 send() after the end raises an OSError', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_send')
  const errors = reported(handler)
  assert.equal((await connect('/late/wire').closed).code, 4000)
  await open(handler, '/late/inside')
  const { opened, webSocket } = connect('/gone/away')
  await opened
  webSocket.close()
  const { request } = await open(handler, '/gone/gone')
  await request.end()
  for (const key of ['wire', 'inside', 'away', 'gone']) {
    const results = await ask(`/seen/${key}`)
    assert.equal(results.length, 2)
    for (const result of results) assert.equal(result?.is_oserror, true, `${key}: ${JSON.stringify(result)}`)
  }
  assert.deepEqual(errors, [])
})

test('G16 send before accept, and a second accept, raise', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_send')
  const { closed, messages } = connect('/order/wire')
  await closed
  assert.deepEqual(messages, ['in time'])
  const { response } = await open(handler, '/order/inside')
  assert.equal(await response.nextMessage(), 'in time')
  for (const key of ['wire', 'inside']) {
    const results = await ask(`/seen/${key}`)
    assert.equal(results.length, 4)
    for (const result of results) {
      assert.equal(result?.is_oserror, false)
      assert.notEqual(result.text, '')
    }
  }
})

/** Asks how many messages were sent until nothing more is. */
async function untilHeld(ask, size) {
  let before = -1
  let same = 0
  await until(async () => {
    const now = await ask(`/sent/${size}`)
    same = now > 0 && now === before ? same + 1 : 0
    before = now
    return same === 20
  }, 'the app is held')
  return before
}

test('G17 an app that sends to a client that does not read is held', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_send')
  for (const size of [65536, 1000]) {
    const { closed, messages, opened, webSocket } = connect(`/flood/${size}`)
    await opened
    webSocket.pause()
    const sent = await untilHeld(ask, size)
    assert.ok(sent * size < MOST, `${sent * size} bytes were sent`)
    webSocket.resume()
    assert.equal((await closed).code, 1000)
    assert.equal(messages.reduce((sum, { length }) => sum + length, 0) >= 64 * 1024 * 1024, true)
  }
})

test("G17 the app's send() waits while a reader in the process does not read", async (t) => {
  const { ask, handler } = await serveApp(t, 'ws_send')
  for (const size of [65536, 10]) {
    const { response } = await open(handler, `/flood/${size}`)
    const sent = await untilHeld(ask, size)
    assert.ok(sent * size < MOST / 8, `${sent * size} bytes were sent`)
    let received = 0
    for await (const { length } of response) {
      received += length
      if (size === 10 && received >= 100 * 65536) break
    }
    if (size !== 10) assert.equal(received, 64 * 1024 * 1024)
  }
})

test('G18 invalid close codes raise', async (t) => {
  const { ask, connect } = await serveApp(t, 'ws_send')
  assert.deepEqual(await connect('/codes/18').closed, { code: 3000, reason: '' })
  for (const [code, result] of Object.entries(await ask('/seen/18'))) {
    assert.notEqual(result, null, code)
    assert.equal(result.is_oserror, false, `${code}: ${result.type}`)
  }
})

test('messages that a client or the app sends after its close are dropped', async (t) => {
  const { raw } = await serveApp(t, 'ws_send')
  const socket = raw('/close/code')
  await socket.opened()
  socket.send(TEXT, 'too late')
  assert.equal((await socket.closeFrame()).code, 4000)
  socket.send(TEXT, 'later')
  socket.send(CLOSE, Buffer.from([3, 232]))
  assert.equal(await socket.frame(), null)
})
