'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { CLOSE, PING, TEXT, makeFrame, serveApp } = require('./support')
const { until } = require('../support')

const CODE = Buffer.from([4001 >> 8, 4001 & 0xff])
const BYE = makeFrame(CLOSE, Buffer.concat([CODE, Buffer.from('bye')]))

/** The app's note of a client that has closed properly. */
const farewell = (messages) => ({
  raised: { type: 'ClientDisconnected', text: 'The client has disconnected', is_oserror: true },
  messages,
  code: 4001,
  reason: 'bye',
})

const frames = (count, make) => Buffer.concat(Array.from({ length: count }, make))

/** Waits until the app stops sending because its messages are not read. */
async function untilHeld(ask, key) {
  let before = -1
  let same = 0
  await until(async () => {
    const sent = await ask(`/sent/${key}`)
    same = sent === before && sent > 0 ? same + 1 : 0
    before = sent
    return same === 20
  }, 'the app is held')
}

/** Data that a client without reading sends before it closes, and the number of its messages. */
const CLIENTS = {
  'has sent nothing': [Buffer.alloc(0), 0],
  'has pinged': [frames(3, () => makeFrame(PING, 'here')), 0],
  'has sent more messages than the app takes': [frames(500, () => makeFrame(TEXT, 'm')), 500],
  'has sent larger messages than the app takes': [frames(60, () => makeFrame(TEXT, 'm'.repeat(20000))), 60],
}

for (const [what, [bytes, messages]] of Object.entries(CLIENTS)) {
  test(`an app that waits in send() receives the close code of a client that ${what}`, async (t) => {
    const { ask, raw } = await serveApp(t, 'ws_held')
    const key = `then-${what.replaceAll(' ', '-')}`
    const socket = raw(`/then/${key}`)
    await socket.opened()
    await untilHeld(ask, key)
    // In two parts, so that the close comes when nothing of the first is left to be looked at.
    if (bytes.length > 0) await new Promise((resolve) => socket.socket.write(bytes, resolve))
    for (let turn = 0; turn < 20; turn++) await ask(`/sent/${key}`)
    socket.socket.write(BYE)
    assert.deepEqual(await ask(`/seen/${key}`), farewell(messages))
  })

  test(`an app that waits in send() receives the close code of a client that ${what} before`, async (t) => {
    const { ask, raw } = await serveApp(t, 'ws_held')
    const key = `later-${what.replaceAll(' ', '-')}`
    const socket = raw(`/later/${key}`)
    await socket.opened()
    if (bytes.length > 0) await new Promise((resolve) => socket.socket.write(bytes, resolve))
    for (let turn = 0; turn < 20; turn++) await ask(`/sent/${key}`)
    await ask(`/go/${key}`)
    await untilHeld(ask, key)
    socket.socket.write(BYE)
    assert.deepEqual(await ask(`/seen/${key}`), farewell(messages))
  })
}

for (const count of [0, 100]) {
  test(`an app that waits in send() receives the close of an in-process client after ${count} messages`, async (t) => {
    const { ask, handler } = await serveApp(t, 'ws_held')
    const request = new Request({ websocket: true, url: `/then/inside-${count}` })
    const response = await handler.handleStream(request)
    await untilHeld(ask, `inside-${count}`)
    for (let i = 0; i < count; i++) request.write('m')
    request.end(4001, 'bye')
    assert.deepEqual(await ask(`/seen/inside-${count}`), farewell(count))
    response.destroy()
  })
}

test('a client that reads nothing and sends without end is closed when no ping arrives', async (t) => {
  const { ask, raw } = await serveApp(t, 'ws_held', { wsPingInterval: 50, wsPingTimeout: 50 })
  const socket = raw('/then/endless')
  await socket.opened()
  await untilHeld(ask, 'endless')
  const message = makeFrame(TEXT, 'm'.repeat(60000))
  const closed = new Promise((resolve) => socket.socket.once('close', resolve))
  const fill = () => {
    while (!socket.socket.destroyed && socket.socket.write(message));
  }
  socket.socket.on('drain', fill)
  fill()
  const { code, messages } = await ask('/seen/endless')
  assert.equal(code, 1006)
  // What was buffered: the queue, 1 MiB in addition, and what was read at once.
  assert.ok(messages * 60000 < 4 << 20, `${messages} messages`)
  socket.drop()
  await closed
})
