'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler, Request } = require('../..')
const { docroot, settled } = require('../faults/support')
const { openApp } = require('../support')

/** Opens the app that never gives way, and another one that has to be served all the same. */
function open(t, name = 'never_gives_way:app', options = {}) {
  const handler = new PythonHandler(name, { docroot, ...options })
  handler.on('error', () => undefined)
  t.after(() => handler.close({ timeout: 0 }))
  return { handler, others: openApp(t, 'answers_when') }
}

/** Asserts that apps respond in whichever way they wait, and that Node's callbacks run. */
async function othersAreServed(others) {
  for (const way of ['now', 'turn', 'timer', 'thread', 'task', 'body']) {
    const expected = way === 'thread' ? 'TEXT' : 'text'
    assert.equal((await others.handleRequest({ url: `/${way}/text` })).body.toString(), expected)
  }
  await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The handler closes in its time, and nothing of the app is left. */
async function ends(handler, others, url, text) {
  await handler.close({ timeout: 50 })
  await settled(others)
  const again = new PythonHandler('never_gives_way:app', { docroot })
  const { begun, ended } = JSON.parse((await again.handleRequest({ url })).body)
  await again.close()
  assert.ok(begun > 0, text)
  assert.equal(ended, begun, text)
}

for (const way of ['receives', 'sends']) {
  test(`an app that ${way} for ever after its client has left does not block other requests`, async (t) => {
    const { handler, others } = open(t)
    const response = await handler.handleStream({ url: `/${way}` })
    assert.match(String(await response.next()), /^first/)
    response.destroy()
    await othersAreServed(others)
    await ends(handler, others, `/ended/${way}`)
  })

  test(`an app that ${way} for ever after its WebSocket is closed does not block other requests`, async (t) => {
    const { handler, others } = open(t)
    const socket = await handler.handleStream(new Request({ websocket: true, url: `/${way}` }))
    socket.destroy()
    await othersAreServed(others)
    await ends(handler, others, `/ended/${way}`)
  })
}

for (const way of ['completes', 'refused', 'empty']) {
  test(`an app that sends undeliverable events for ever does not block other requests: ${way}`, async (t) => {
    const { handler, others } = open(t)
    const response = await handler.handleStream({ url: `/${way}` })
    assert.match(String(await response.next()), way === 'completes' ? /^end$/ : /^first$/)
    await othersAreServed(others)
    response.destroy()
    await othersAreServed(others)
    await ends(handler, others, `/ended/${way}`)
  })
}

test('an app that sends a body to HEAD for ever does not block other requests', async (t) => {
  const { handler, others } = open(t)
  const response = await handler.handleStream({ method: 'HEAD', url: '/head' })
  await othersAreServed(others)
  response.destroy()
  await othersAreServed(others)
  await ends(handler, others, '/ended/head')
})

test('a lifespan that sends refused events for ever does not block requests', async (t) => {
  const { handler, others } = open(t, 'never_gives_way:lifespan', { lifespanTimeout: 500 })
  await othersAreServed(others)
  await assert.rejects(handler.ready(), { code: 'ERR_ASGI_LIFESPAN' })
  await othersAreServed(others)
  await handler.close({ timeout: 0 })
})
