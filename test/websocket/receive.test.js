'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { Request } = require('../..')
const { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, makeFrame, serveApp } = require('./support')

const disconnect = (code, reason = '') => ({ type: 'websocket.disconnect', code, reason })
const withoutType = ({ type: _, ...event }) => event

/** Opens a socket in the process. */
async function open(handler, url) {
  const request = new Request({ websocket: true, url })
  return { request, response: await handler.handleStream(request) }
}

test('F1 F4 F5 F6 F10 F13 F16 events of a socket', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_receive')
  const { webSocket, opened } = connect('/events/wire')
  await opened
  for (const message of ['grüße 🎉', '', Buffer.from([0, 255]), Buffer.alloc(0)]) webSocket.send(message)
  webSocket.close(4001, 'genug')
  const { request } = await open(handler, '/events/inside')
  for (const message of ['grüße 🎉', '', Buffer.from([0, 255]), Buffer.alloc(0)]) await request.write(message)
  await request.end(4001, 'genug')
  for (const key of ['wire', 'inside']) {
    const [first, ...events] = await ask(`/seen/${key}`)
    assert.deepEqual(first, { type: 'websocket.connect' })
    assert.deepEqual(events.pop(), disconnect(4001, 'genug'))
    for (const event of events) {
      assert.equal(event.type, 'websocket.receive')
      assert.equal(Object.values(withoutType(event)).filter((value) => value !== null).length, 1)
    }
    const values = events.map(({ text, bytes }) => text ?? bytes)
    assert.deepEqual(values, ['grüße 🎉', '', { bytes: '\x00\xff' }, { bytes: '' }])
  }
})

test('F2 the handshake waits for the app', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_receive')
  const socket = raw('/gate/2')
  const opened = socket.opened()
  const going = ask('/go/2')
  await Promise.race([opened, going])
  assert.equal(socket.socket.bytesRead, 0)
  await going
  await opened
  socket.drop()
  assert.equal((await ask('/seen/2')).early, false)
})

test('F3 messages that arrive before accept are received after it', async (t) => {
  const { ask, handler, raw } = await serveApp(t, 'ws_receive')
  const socket = raw('/gate/wire', { early: makeFrame(TEXT, 'early') })
  await ask('/go/wire')
  await socket.opened()
  socket.send(TEXT, 'late')
  socket.send(CLOSE)
  const request = new Request({ websocket: true, url: '/gate/inside' })
  await request.write('early')
  const opening = handler.handleStream(request)
  await ask('/go/inside')
  await opening
  await request.write('late')
  await request.end()
  for (const key of ['wire', 'inside']) {
    const { early, events } = await ask(`/seen/${key}`)
    assert.equal(early, false)
    assert.deepEqual(events.slice(1, -1).map(({ text }) => text), ['early', 'late'])
  }
})

test('F7 a message in fragments is delivered whole, with a ping between them', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_receive')
  const socket = raw('/events/7')
  await socket.opened()
  socket.send(TEXT, 'one ', { isLast: false })
  socket.send(PING, 'between')
  socket.send(CONTINUATION, 'two ', { isLast: false })
  socket.send(CONTINUATION, 'three')
  assert.deepEqual((await socket.frame()).payload.toString(), 'between')
  socket.send(CLOSE)
  assert.deepEqual((await ask('/seen/7')).map(({ text }) => text ?? null), [null, 'one two three', null])
})

test('F8 a ping is answered and not shown to the app', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_receive')
  const socket = raw('/events/8')
  await socket.opened()
  socket.send(PING, 'hello')
  const { opcode, payload } = await socket.frame()
  assert.deepEqual([opcode, payload.toString()], [PONG, 'hello'])
  socket.send(CLOSE)
  assert.equal((await ask('/seen/8')).length, 2)
})

test('F9 a client that does not answer pings is given up', async (t) => {
  const { ask, connect, raw } = await serveApp(t, 'ws_receive', { wsPingInterval: 20, wsPingTimeout: 20 })
  const alive = connect('/events/alive')
  await alive.opened
  const silent = raw('/events/silent')
  await silent.opened()
  assert.equal((await silent.frame()).opcode, PING)
  assert.equal(await silent.frame(), null)
  assert.deepEqual((await ask('/seen/silent')).pop(), disconnect(1006))
  // The other one answers each time.
  for (let i = 0; i < 3; i++) await once(alive.webSocket, 'ping')
  alive.webSocket.close(1000)
  assert.deepEqual((await ask('/seen/alive')).pop(), disconnect(1000))
})

test('F9 without an interval there are no pings, and without a timeout no client is given up', async (t) => {
  const quiet = await serveApp(t, 'ws_receive', { wsPingInterval: 0, wsPingTimeout: 1 })
  const socket = quiet.raw('/events/quiet')
  await socket.opened()
  const patient = await serveApp(t, 'ws_receive', { wsPingInterval: 5, wsPingTimeout: 0 })
  const silent = patient.raw('/events/patient')
  await silent.opened()
  assert.equal((await silent.frame()).opcode, PING)
  silent.send(PONG)
  assert.equal((await silent.frame()).opcode, PING)
  socket.send(CLOSE)
  assert.equal((await socket.frame()).opcode, CLOSE)
})

test('F11 a close frame without a code is 1005', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_receive')
  const socket = raw('/events/11')
  await socket.opened()
  socket.send(CLOSE)
  assert.deepEqual((await ask('/seen/11')).pop(), disconnect(1005))
})

test('F12 a connection that is lost is 1006', async (t) => {
  const { ask, connect, handler, raw } = await serveApp(t, 'ws_receive')
  const dropped = raw('/events/dropped')
  await dropped.opened()
  dropped.send(TEXT, 'half a message', { isLast: false })
  dropped.drop()
  const reset = raw('/events/reset')
  await reset.opened()
  reset.socket.resetAndDestroy?.()
  reset.drop()
  const ended = raw('/events/ended')
  await ended.opened()
  ended.socket.end()
  const terminated = connect('/events/terminated')
  await terminated.opened
  terminated.webSocket.terminate()
  const { response } = await open(handler, '/events/destroyed')
  response.destroy()
  const controller = new AbortController()
  const opening = handler.handleStream(new Request({ websocket: true, url: '/events/aborted' }), controller.signal)
  await opening
  controller.abort()
  for (const key of ['dropped', 'reset', 'ended', 'terminated', 'destroyed', 'aborted']) {
    assert.deepEqual((await ask(`/seen/${key}`)).pop(), disconnect(1006), key)
  }
})

test('F14 the app gets its disconnect after its own close', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_receive')
  assert.deepEqual(await connect('/close/wire').closed, { code: 4000, reason: '' })
  const { response } = await open(handler, '/close/inside')
  assert.equal(await response.next(), null)
  for (const key of ['wire', 'inside']) {
    for (const { type, code } of await ask(`/seen/${key}`)) {
      assert.deepEqual([type, code], ['websocket.disconnect', 4000])
    }
  }
})

test('F15 the app gets its disconnect when the client leaves before accept', async (t) => {
  const { ask, handler, raw } = await serveApp(t, 'ws_receive')
  const dropped = raw('/gate/dropped')
  const ended = raw('/gate/ended', { early: makeFrame(TEXT, 'early') })
  await Promise.all([once(dropped.socket, 'connect'), once(ended.socket, 'connect')])
  ended.socket.end()
  dropped.socket.end()
  const controller = new AbortController()
  const opening = handler.handleStream(new Request({ websocket: true, url: '/gate/inside' }), controller.signal)
  controller.abort(new Error('enough'))
  await assert.rejects(opening, /enough/)
  for (const key of ['dropped', 'ended', 'inside']) {
    const { early, events } = await ask(`/seen/${key}`)
    assert.equal(early, true, key)
    assert.deepEqual(events[1], disconnect(1006), key)
  }
})

for (
  const [what, code, frames] of [
    ['text that is no UTF-8', 1007, [[TEXT, Buffer.from([0xc3, 0x28])]]],
    ['text cut in a character', 1007, [[TEXT, Buffer.from([0xe2, 0x82])]]],
    ['fragments that are no UTF-8 together', 1007, [[TEXT, 'a', { isLast: false }], [
      CONTINUATION,
      Buffer.from([0xff]),
    ]]],
    ['a reason that is no UTF-8', 1007, [[CLOSE, Buffer.from([3, 232, 0xff])]]],
    ['a message that is too large', 1009, [[BINARY, Buffer.alloc(2000)]]],
    ['fragments that are too large together', 1009, [[TEXT, 'a'.repeat(600), { isLast: false }], [
      CONTINUATION,
      'a'.repeat(600),
    ]]],
    ['an unknown opcode', 1002, [[3, 'x']]],
    ['a reserved bit', 1002, [[TEXT, 'x', { reserved: 0x40 }]]],
    ['a frame that is not masked', 1002, [[TEXT, 'x', { isMasked: false }]]],
    ['a continuation of nothing', 1002, [[CONTINUATION, 'x']]],
    ['a message within a message', 1002, [[TEXT, 'x', { isLast: false }], [TEXT, 'y']]],
    ['a ping in fragments', 1002, [[PING, 'x', { isLast: false }]]],
    ['a ping of 126 bytes', 1002, [[PING, 'x'.repeat(126)]]],
    ['a close frame of one byte', 1002, [[CLOSE, 'x']]],
    ['a close code that cannot be', 1002, [[CLOSE, Buffer.from([3, 237])]]],
  ]
) {
  test(`F17 ${what} closes with ${code}`, async (t) => {
    const { ask, raw } = await serveApp(t, 'ws_receive', { wsMaxPayload: 1000 })
    const key = encodeURIComponent(what)
    const socket = raw(`/events/${key}`)
    await socket.opened()
    for (const frame of frames) socket.send(...frame)
    assert.equal((await socket.closeFrame()).code, code)
    assert.equal(await socket.frame(), null)
    const events = await ask(`/seen/${key}`)
    assert.deepEqual(events[1], disconnect(code))
    assert.equal(events.length, 2)
  })
}

test('F18 receive() after the disconnect gives it again', async (t) => {
  const { ask, connect, handler } = await serveApp(t, 'ws_receive')
  const { opened, webSocket } = connect('/after/wire')
  await opened
  webSocket.close(4002)
  const { request } = await open(handler, '/after/inside')
  await request.end(4002)
  for (const key of ['wire', 'inside']) {
    for (const { type, code } of await ask(`/seen/${key}`)) {
      assert.deepEqual([type, code], ['websocket.disconnect', 4002])
    }
  }
})

test('F19 a client that sends to an app that does not receive is not read', async (t) => {
  const { ask, raw, server } = await serveApp(t, 'ws_receive')
  const accepted = once(server, 'upgrade').then(([, socket]) => socket)
  const socket = raw('/flood/19')
  await socket.opened()
  const network = await accepted
  const paused = once(network, 'pause')
  const size = 16384
  const count = 2048
  const frame = makeFrame(BINARY, Buffer.alloc(size))
  for (let i = 0; i < count; i++) socket.socket.write(frame)
  await paused
  // However often the app's side turns, nothing more is read.
  for (let i = 0; i < 20; i++) await ask('/turn/19')
  assert.ok(network.bytesRead < 8 * 1024 * 1024, `${network.bytesRead} bytes were read`)
  await ask('/go/19')
  socket.send(CLOSE)
  assert.deepEqual(await ask('/seen/19'), { messages: count, bytes: size * count })
})

test('F19 write() waits for an app that does not receive', async (t) => {
  const { ask, handler } = await serveApp(t, 'ws_receive', { wsQueue: 4 })
  const { request, response } = await open(handler, '/flood/inside')
  let written = 0
  let hasRoom
  let writing
  do {
    hasRoom = false
    writing = request.write('x').then(() => (hasRoom = true))
    written++
    await new Promise(setImmediate)
  } while (hasRoom)
  assert.ok(written >= 4 && written <= 16, `${written} messages were taken`)
  await ask('/go/inside')
  await writing
  await request.end()
  assert.equal(await response.next(), null)
  assert.deepEqual(await ask('/seen/inside'), { messages: written, bytes: written })
})
