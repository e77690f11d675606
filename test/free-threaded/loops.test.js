'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp, send } = require('../support')
const { run, whyNot } = require('./support')

const skip = whyNot()
const loops = 2

/** The app's answers to that many concurrent requests. */
async function ask(handler, count, url = '/waits') {
  const answers = await Promise.all(Array.from({ length: count }, () => handler.handleRequest({ url })))
  return Promise.all(answers.map((answer) => answer.json()))
}

/** The different values of a key. */
const different = (told, name) => new Set(told.map((each) => each[name]))

test('requests go to all loops, each with a thread, a lifespan and a state of its own', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops })
  await handler.ready()
  assert.deepEqual([handler.runtime.gil, handler.runtime.loops], [false, loops])
  const told = await ask(handler, 8)
  assert.deepEqual([different(told, 'thread').size, different(told, 'loop').size], [loops, loops])
  for (const { thread, loop, state, notes, imports } of told) {
    assert.deepEqual(state, { thread, loop })
    assert.deepEqual(notes.map(([what]) => what), ['started', 'started'])
    assert.equal(imports.length, 1)
  }
})

test('a request goes to the loop with the fewest in flight', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops })
  await handler.ready()
  const blocked = handler.handleRequest({ url: '/blocks' })
  const others = []
  for (let i = 0; i < 5; i++) others.push(...await ask(handler, 1))
  const { thread } = await (await blocked).json()
  for (const other of others) assert.notEqual(other.thread, thread)
})

test('statistics have each loop', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops })
  await handler.ready()
  const controller = new AbortController()
  const left = Array.from({ length: 4 }, () => handler.handleRequest({ url: '/never' }, controller.signal))
  const { loops: each, inFlight, loopLag } = handler.stats()
  assert.equal(inFlight, 4)
  assert.deepEqual(each.map((loop) => loop.inFlight), [2, 2])
  assert.ok(each.every((loop) => loop.loopLag >= 0 && loop.loopLag <= loopLag))
  controller.abort()
  for (const { status } of await Promise.allSettled(left)) assert.equal(status, 'rejected')
})

test('a request, its streams and its WebSocket stay on their loop', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops })
  const chunks = Array.from({ length: 20 }, (_, index) => Buffer.from(`${index},`))
  const streams = Array.from({ length: 6 }, async () => {
    const body = ReadableStream.from(chunks)
    const answer = await handler.fetch('http://app/stream', { method: 'POST', body, duplex: 'half' })
    assert.equal(await answer.text(), `${Buffer.concat(chunks)} same`)
  })
  await Promise.all(streams)
  const sockets = Array.from({ length: 6 }, async () => {
    const request = new Request({ websocket: true, url: '/' })
    const response = await handler.handleStream(request)
    for (let i = 0; i < 20; i++) {
      await request.write(String(i))
      assert.equal(await response.nextMessage(), String(i))
    }
    await request.end()
  })
  await Promise.all(sockets)
})

test('the native server gives new connections to the loops by turns', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops })
  await handler.ready()
  const server = handler.createServer()
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const asked = Array.from({ length: 4 }, () => send({ port, path: '/waits', agent: false }))
  const told = (await Promise.all(asked)).map(({ body }) => JSON.parse(body))
  assert.equal(different(told, 'thread').size, loops)
})

test('with one lifespan for the process, all loops have its state', { skip }, async (t) => {
  const handler = openApp(t, 'tells_its_loop', { loops, lifespanScope: 'process' })
  await handler.ready()
  const told = await ask(handler, 8)
  assert.equal(different(told, 'thread').size, loops)
  assert.equal(new Set(told.map(({ state }) => state.thread)).size, 1)
  assert.ok(told.every(({ state, imports }) => state.thread === imports[0]))
})

test('closing drains all loops, and ends each lifespan once', { skip }, async (t) => {
  const { said, notes } = await run(
    t,
    `
    await handler.ready()
    const asked = Array.from({ length: 20 }, () => handler.handleRequest({ url: '/waits' }))
    await handler.close()
    const told = await Promise.all(asked.map(async (each) => (await (await each).json()).thread))
    console.log(JSON.stringify([told.length, new Set(told).size]))`,
  )
  assert.deepEqual(said, [20, loops])
  assert.deepEqual(notes.map(([what]) => what), ['started', 'started', 'stopped', 'stopped'])
  const threads = notes.map(([, thread]) => thread)
  assert.deepEqual([new Set(threads.slice(0, 2)).size, new Set(threads.slice(2)).size], [loops, loops])
})

test('a lifespan that fails on one loop is reported, and the started ones are stopped', { skip }, async (t) => {
  const { said, notes } = await run(
    t,
    `
    const failure = await handler.ready().catch((error) => error)
    await handler.close().catch(() => {})
    console.log(JSON.stringify([failure.code, failure.message]))`,
    { FAILS_ON_SECOND: '1' },
  )
  assert.equal(said[0], 'ERR_ASGI_LIFESPAN')
  assert.match(said[1], /one loop is enough/)
  assert.deepEqual(notes.map(([what]) => what), ['started', 'stopped'])
})

test('a process whose loops have work to do ends by itself, or by process.exit()', { skip }, async (t) => {
  await run(t, "await handler.ready(); await handler.handleRequest({ url: '/' }); await handler.close()")
  await run(t, "await handler.ready(); handler.handleRequest({ url: '/never' }).catch(() => {}); process.exit(0)")
})
