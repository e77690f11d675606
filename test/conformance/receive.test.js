'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler, Request } = require('../..')
const { openApp, serve } = require('../support')
const { PROTOCOLS, connect, json } = require('./support')

/** Opens the same app again, to ask it what the first handler's requests have noted. */
function openWitness(t, name, handler) {
  const witness = new PythonHandler(`${name}:app`, { docroot: handler.docroot })
  t.after(() => witness.close({ timeout: 0 }))
  return witness
}

for (const protocol of PROTOCOLS) {
  test(`C1 C2 C4 body events have bytes and a bool, the last one False, over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'list_events').listener)
    const none = JSON.parse((await request({ path: '/' })).body)
    assert.deepEqual(none, [{ type: 'http.request', body: '', more_body: false }])
    const body = Buffer.alloc(300000, 'python-node')
    const events = JSON.parse((await request({ method: 'POST', path: '/', body })).body)
    assert.ok(events.length > 1)
    for (const [at, event] of events.entries()) {
      assert.deepEqual(Object.keys(event).sort(), ['body', 'more_body', 'type'])
      assert.equal(event.type, 'http.request')
      assert.equal(event.more_body, at < events.length - 1)
    }
    assert.equal(events.map((event) => event.body).join(''), body.toString())
  })

  test(`C3 C5 the app has the first part of a body while the client sends the rest over ${protocol}`, async (t) => {
    const open = await connect(t, protocol, openApp(t, 'echo_stream').listener)
    const client = open('/', { method: 'POST' })
    for (const part of ['one', 'two', 'three']) {
      client.request.write(part)
      assert.equal(await client.next(), part)
    }
    client.request.end()
    await client.end()
  })

  test(`C6 C7 after the body receive() waits until the response is complete over ${protocol}`, async (t) => {
    const handler = openApp(t, 'gated')
    const request = await serve(t, protocol, handler.listener)
    for (const method of ['GET', 'POST']) {
      const key = `${method}-${protocol}`
      const body = method === 'POST' ? Buffer.alloc(100000) : undefined
      const pending = request({ method, path: `/listen/${key}`, body })
      await handler.handleRequest({ url: `/go/${key}` })
      assert.equal((await pending).body.toString(), 'firstsecond')
      assert.deepEqual(await json(handler, `/seen/${key}`), {
        waited: true,
        event: { type: 'http.disconnect' },
        after: Array.from({ length: 3 }, () => ({ type: 'http.disconnect' })),
      })
    }
  })

  test(`C8 C9 C10 receive() gives http.disconnect when the client leaves, again and again, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'gated')
    const open = await connect(t, protocol, handler.listener)
    const client = open(`/left/${protocol}`)
    assert.equal(await client.next(), 'first')
    client.leave()
    const expected = Array.from({ length: 3 }, () => ({ type: 'http.disconnect' }))
    assert.deepEqual(await json(handler, `/seen/${protocol}`), expected)
  })

  test(`C9 C11 a client that leaves in its upload is a disconnect and no end over ${protocol}`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const open = await connect(t, protocol, handler.listener)
    const client = open(`/upload/left-${protocol}`, { method: 'POST' })
    client.request.write('part')
    assert.equal(await client.next(), 'first')
    client.leave()
    const seen = await handler.handleRequest({ url: `/seen/left-${protocol}` })
    assert.equal(seen.body.toString(), 'http.disconnect')
  })

  test(`C13 the rest of an upload is discarded when the response is complete over ${protocol}`, async (t) => {
    const open = await connect(t, protocol, openApp(t, 'answer_early').listener)
    const client = open('/', { method: 'POST' })
    client.request.write('part')
    assert.equal(await client.status(), 413)
    await client.end()
  })

  test(`C14 close() is a disconnect for an app that streams over ${protocol}`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const witness = openWitness(t, 'notice_disconnect', handler)
    const open = await connect(t, protocol, handler.listener)
    const client = open(`/stream/close-${protocol}`)
    assert.equal(await client.next(), 'first')
    await handler.close({ timeout: 0 })
    const seen = await witness.handleRequest({ url: `/seen/close-${protocol}` })
    assert.equal(seen.body.toString(), 'http.disconnect')
    // And it is not the end of the response for the client.
    await assert.rejects(client.end())
  })
}

test('C6 receive() waits after the body through the API, too', async (t) => {
  const handler = openApp(t, 'gated')
  for (const method of ['handleRequest', 'handleStream']) {
    const key = `api-${method}`
    const pending = handler[method](new Request({ method: 'POST', url: `/listen/${key}`, body: 'abc' }))
    await handler.handleRequest({ url: `/go/${key}` })
    const response = await pending
    if (method === 'handleStream') { while ((await response.next()) !== null); }
    const { waited, event } = await json(handler, `/seen/${key}`)
    assert.equal(waited, true)
    assert.deepEqual(event, { type: 'http.disconnect' })
  }
})

test('C14 close() rejects requests that wait for a response, and disconnects their apps', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const witness = openWitness(t, 'notice_disconnect', handler)
  const pending = handler.handleRequest({ url: '/wait/close' })
  const rejected = assert.rejects(pending, { code: 'ERR_ASGI_CLOSED', message: 'Handler closed' })
  await witness.handleRequest({ url: '/ping/' })
  await handler.close({ timeout: 0 })
  await rejected
  assert.equal((await witness.handleRequest({ url: '/seen/close' })).body.toString(), 'http.disconnect')
})
