'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const zlib = require('node:zlib')
const { BINARY, CLOSE, CONTINUATION, PONG, TEXT, makeFrame, openRaw } = require('../websocket/support')
const { exchange, handshake, serveHostile, target } = require('./support')
const { until } = require('../support')

const LIMIT = 10_000
const ACCEPT = target('/accept')

for (const opcode of [TEXT, BINARY]) {
  test(`a message at the limit is taken, one beyond it closes with 1009: opcode ${opcode}`, async (t) => {
    const { port } = await serveHostile(t, 'does_harm', { wsMaxPayload: LIMIT })
    const fits = openRaw(t, port, ACCEPT)
    await fits.opened()
    fits.send(opcode, 'a'.repeat(LIMIT))
    assert.equal((await fits.frame()).payload.toString(), String(LIMIT))
    fits.send(opcode, 'a'.repeat(LIMIT + 1))
    assert.equal((await fits.closeFrame()).code, 1009)
    fits.drop()
  })
}

test('a message in pieces counts as a whole', async (t) => {
  const { port } = await serveHostile(t, 'does_harm', { wsMaxPayload: LIMIT })
  const socket = openRaw(t, port, ACCEPT)
  await socket.opened()
  socket.send(BINARY, 'a'.repeat(LIMIT), { isLast: false })
  socket.send(CONTINUATION, 'a')
  assert.equal((await socket.closeFrame()).code, 1009)
  socket.drop()
})

/** Pieces that may be held of one message: see js/websocket/unfinished-message.js. */
const MAX_PIECES = 1 << 17

/** A message in that many fragments of one octet each. */
function fragmented(count, { isLast = true } = {}) {
  const fragment = makeFrame(CONTINUATION, 'a', { isLast: false })
  const parts = [makeFrame(TEXT, 'a', { isLast: false }), Buffer.alloc((count - 2) * fragment.length, fragment)]
  return Buffer.concat([...parts, makeFrame(CONTINUATION, 'a', { isLast })])
}

test('a message may have many fragments, one after the other', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const socket = openRaw(t, port, ACCEPT)
  await socket.opened()
  for (let i = 0; i < 3; i++) {
    socket.socket.write(fragmented(MAX_PIECES / 2))
    assert.equal((await socket.frame()).payload.toString(), String(MAX_PIECES / 2))
  }
  socket.drop()
})

test('a message of very many fragments closes with 1008, far below the limit of its length', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm')
  const socket = openRaw(t, port, ACCEPT)
  await socket.opened()
  socket.socket.write(fragmented(MAX_PIECES + 20_000))
  const { opcode, payload } = await socket.frame()
  assert.deepEqual([opcode, payload.readUInt16BE(0)], [CLOSE, 1008])
  // The server ends the connection without waiting for a client's close frame.
  assert.equal((await socket.rest()).length, 0)
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

test('a message that is never complete is not held with all that comes between its fragments', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm', { wsMaxPayload: LIMIT })
  const socket = openRaw(t, port, ACCEPT)
  await socket.opened()
  const filler = makeFrame(PONG, 'a'.repeat(125))
  const piece = Buffer.concat([
    makeFrame(CONTINUATION, 'a', { isLast: false }),
    Buffer.alloc(500 * filler.length, filler),
  ])
  socket.send(TEXT, 'a', { isLast: false })
  for (let i = 0; i < 100; i++) socket.socket.write(piece)
  assert.equal((await socket.closeFrame())?.code, 1008)
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

test('a frame that comes octet by octet is not held in as many pieces', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm')
  const socket = openRaw(t, port, ACCEPT)
  socket.socket.setNoDelay(true)
  await socket.opened()
  socket.socket.write(makeFrame(BINARY, Buffer.alloc(MAX_PIECES * 2)).subarray(0, 14))
  const closed = socket.closeFrame()
  let isClosed = false
  closed.then(() => (isClosed = true))
  // The server, which is in this process, reads each octet alone.
  await until(() => isClosed || void socket.socket.write('a'), 'the connection is closed')
  assert.equal((await closed)?.code, 1008)
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

test('a length that is announced is not waited for', async (t) => {
  const { port } = await serveHostile(t, 'does_harm', { wsMaxPayload: LIMIT })
  const socket = openRaw(t, port, ACCEPT)
  await socket.opened()
  socket.socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]))
  assert.equal((await socket.closeFrame()).code, 1009)
  socket.drop()
})

test('a small message that would become a large one closes with 1009', async (t) => {
  const { port } = await serveHostile(t, 'does_harm', { wsMaxPayload: LIMIT, perMessageDeflate: true })
  const socket = openRaw(t, port, ACCEPT, { headers: ['Sec-WebSocket-Extensions: permessage-deflate'] })
  const lines = await socket.opened()
  assert.ok(lines.some((line) => /^sec-websocket-extensions: permessage-deflate/i.test(line)))
  const bomb = zlib.deflateRawSync(Buffer.alloc(64 << 20), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
  socket.socket.write(makeFrame(BINARY, bomb.subarray(0, -4), { reserved: 0x40 }))
  assert.equal((await socket.closeFrame()).code, 1009)
  socket.drop()
})

test('a compressed message is refused where compression is off', async (t) => {
  const { port } = await serveHostile(t, 'does_harm', { perMessageDeflate: false })
  const socket = openRaw(t, port, ACCEPT, { headers: ['Sec-WebSocket-Extensions: permessage-deflate'] })
  await socket.opened()
  socket.send(BINARY, 'a', { reserved: 0x40 })
  assert.equal((await socket.closeFrame()).code, 1002)
  socket.drop()
})

test('nothing is left of a client that disconnects before its handshake is answered', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm')
  for (let i = 0; i < 50; i++) {
    const socket = openRaw(t, port, target('/late'))
    await once(socket.socket, 'connect')
    socket.drop()
  }
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

test('frames before the handshake is answered are delivered as messages after it', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const socket = openRaw(t, port, target('/late'), { early: makeFrame(TEXT, 'early') })
  await socket.opened()
  assert.equal((await socket.frame()).payload.toString(), '5')
  socket.drop()
})

test('a flood before the handshake is answered is not kept', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm', { wsAcceptTimeout: 300 })
  const socket = openRaw(t, port, target('/late'), { early: makeFrame(BINARY, Buffer.alloc(1 << 20)) })
  await socket.opened()
  assert.equal((await socket.frame()).payload.toString(), String(1 << 20))
  socket.drop()
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

test('a request for another protocol than WebSocket is answered, and its connection closed', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const socket = net.connect(port, '127.0.0.1')
  socket.write(
    'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: other\r\nContent-Length: 0\r\n\r\n',
  )
  const [answer] = await once(socket, 'data')
  assert.match(answer.toString(), /^HTTP\/1\.1 4\d\d /)
  await once(socket, 'close')
})

const MANY = 'a: b\r\n'.repeat(1100)

for (
  const [what, text] of [
    ['before the upgrade', handshake(ACCEPT).replace('Connection:', `${MANY}Connection:`)],
    ['behind the upgrade', handshake(ACCEPT).replace('Sec-WebSocket-Version', `${MANY}Sec-WebSocket-Version`)],
  ]
) {
  test(`a handshake of more headers than Node keeps is refused, and the next is taken: ${what}`, async (t) => {
    const { handler, port } = await serveHostile(t, 'does_harm')
    const answer = await exchange(port, text)
    assert.match(answer, /^HTTP\/1\.1 4\d\d /)
    assert.equal(handler.stats().requests, 0)
    const next = openRaw(t, port, ACCEPT)
    await next.opened()
    next.drop()
  })
}
