'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler, Request } = require('../..')
const { makeFolder, until } = require('../support')

const APP = `
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    path = scope["path"].strip("/").split("/")
    if scope["type"] == "websocket":
        return await socket(path, receive, send)
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    if path[0] == "view":
        kind = {"bytearray": bytearray, "memoryview": memoryview}[path[1]]
        await send({"type": "http.response.body", "body": kind(b"y" * int(path[2]))})
    elif path[0] == "empty":
        try:
            await send({"type": "", "body": b"wrong"})
        except RuntimeError:
            return await send({"type": "http.response.body", "body": b"raised"})
    elif path[0] == "drain":
        waiting = asyncio.ensure_future(send({"type": "http.response.body", "body": bytes(100_000), "more_body": True}))
        await asyncio.sleep(0)
        await send({"type": "http.response.body"})
        await waiting
    else:
        await send({"type": "http.response.body", "body": b"ok"})

async def socket(path, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    if path[0] == "view":
        kind = {"bytearray": bytearray, "memoryview": memoryview}[path[1]]
        await send({"type": "websocket.send", "bytes": kind(b"y" * int(path[2]))})
    else:
        waiting = asyncio.ensure_future(send({"type": "websocket.send", "bytes": bytes(100_000)}))
        await asyncio.sleep(0)
        await send({"type": "websocket.close"})
        await waiting
`

function open(t) {
  return new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': APP }) })
}

for (const kind of ['bytearray', 'memoryview']) {
  for (const size of [100, 16_384, 70_000, 1 << 20, 8 << 20]) {
    test(`a body of ${kind} arrives as it was sent: ${size} bytes`, async (t) => {
      const handler = open(t)
      t.after(() => handler.close({ timeout: 0 }))
      const expected = Buffer.alloc(size, 'y')
      for (let round = 0; round < 20; round++) {
        const { body } = await handler.handleRequest({ url: `/view/${kind}/${size}` })
        assert.ok(body.equals(expected))
        const request = new Request({ websocket: true, url: `/view/${kind}/${size}` })
        const socket = await handler.handleStream(request)
        assert.ok((await socket.nextMessage()).equals(expected))
        await request.end()
      }
    })
  }
}

test('a message whose type is empty is refused', async (t) => {
  const handler = open(t)
  t.after(() => handler.close({ timeout: 0 }))
  assert.equal((await handler.handleRequest({ url: '/empty' })).body.toString(), 'raised')
})

test('a task that waits in send() goes on when another one ends the response', { timeout: 20_000 }, async (t) => {
  const handler = open(t)
  t.after(() => handler.close({ timeout: 0 }))
  const response = await handler.handleStream({ url: '/drain' })
  while (await response.next() !== null);
  const request = new Request({ websocket: true, url: '/drain' })
  const socket = await handler.handleStream(request)
  while (await socket.nextMessage() !== null);
  // The slots are free once the apps have returned.
  const { core } = require('../../js/binding')
  await until(() => core.slots.live === 0, 'the slots are free')
})

test('a large body beside a header that cannot be sent fails with its code, and the handler closes', async (t) => {
  const handler = open(t)
  const request = { method: 'POST', url: '/', headers: { x: 'a\r\nb' }, body: Buffer.alloc(2 << 20) }
  await assert.rejects(handler.handleRequest(request), { code: 'ERR_ASGI_INVALID_HEADER_VALUE' })
  assert.equal(handler.stats().inFlight, 0)
  await handler.close()
})

for (const [size, isCopied] of [[100, true], [20_000, false], [2 << 20, true]]) {
  const what = isCopied ? 'was copied before' : 'is refused'
  test(`a body whose ArrayBuffer is detached before it is sent ${what}: ${size} bytes`, async (t) => {
    const handler = open(t)
    t.after(() => handler.close({ timeout: 0 }))
    const memory = new ArrayBuffer(size)
    const answer = handler.handleRequest({ method: 'POST', url: '/', body: new Uint8Array(memory) })
    const neighbour = handler.handleRequest({ method: 'POST', url: '/', body: 'ok' })
    structuredClone(memory, { transfer: [memory] })
    if (isCopied) await answer
    else await assert.rejects(answer, { code: 'ERR_ASGI_INVALID_BODY' })
    assert.equal((await neighbour).status, 200)
  })
}

for (const headers of [[5, 'x'], [null], [{}], 'abc']) {
  test(`headers of no known shape are refused with a code: ${JSON.stringify(headers)}`, async (t) => {
    const handler = open(t)
    t.after(() => handler.close({ timeout: 0 }))
    await assert.rejects(handler.handleRequest({ url: '/', headers }), { code: /^ERR_ASGI_/ })
  })
}
