'use strict'

const assert = require('node:assert/strict')
const { readFile } = require('node:fs')
const fs = require('node:fs/promises')
const http = require('node:http')
const { test } = require('node:test')
const { json } = require('../conformance/support')
const { listen, send, until } = require('../support')
const { onlyOnNode, open, textOf, turn } = require('./support')

/** Makes JavaScript's event loop turn without a pause, until `stop()`. */
function turning() {
  const state = { turns: 0, isOver: false }
  const step = () => {
    state.turns++
    if (!state.isOver) setImmediate(step)
  }
  setImmediate(step)
  return { turns: () => state.turns, stop: () => (state.isOver = true) }
}

/** Everything that must go on in JavaScript while Python works or waits. */
async function assertNodeGoesOn(handler, request) {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    await turn()
    await fs.readFile(__filename)
    assert.equal(await textOf(handler, `/steps/${round}`), `${round}`)
    assert.equal((await request({ path: `/steps/${10 + round}` })).body.toString(), `${10 + round}`)
  }
}

/** A server in front of the handler. */
async function serve(t, handler) {
  const port = await listen(t, http.createServer(handler.listener))
  return (options) => send({ port, ...options })
}

test('a request that does not suspend is answered before the next turn', onlyOnNode, async (t) => {
  const handler = open(t, 'answers_when')
  await handler.ready()
  const places = {
    setImmediate,
    setTimeout: (callback) => setTimeout(callback, 1),
    nextTick: process.nextTick,
    microtask: queueMicrotask,
    file: (callback) => readFile(__filename, callback),
  }
  for (const [place, schedule] of Object.entries(places)) {
    const order = []
    await new Promise((resolve) => {
      schedule(() => {
        setImmediate(() => setImmediate(() => resolve(order.push('next turn'))))
        textOf(handler, '/now/one').then((text) => order.push(text))
      })
    })
    assert.deepEqual(order, ['one', 'next turn'], place)
  }
})

test('all requests of a turn that do not suspend are answered before the next turn', onlyOnNode, async (t) => {
  const handler = open(t, 'answers_when')
  await handler.ready()
  const names = Array.from({ length: 10 }, (_, number) => `${number}`)
  for (const schedule of [setImmediate, (callback) => setTimeout(callback, 1)]) {
    const order = []
    await new Promise((resolve) => {
      schedule(() => {
        for (const name of names) textOf(handler, `/now/${name}`).then((text) => order.push(text))
        setImmediate(() => setImmediate(() => resolve(order.push('next turn'))))
      })
    })
    assert.deepEqual(order, [...names, 'next turn'])
  }
})

test('requests one after the other are answered in order, the first in its turn', onlyOnNode, async (t) => {
  const handler = open(t, 'answers_when')
  await handler.ready()
  const order = []
  setImmediate(() => setImmediate(() => order.push('next turn')))
  for (const name of ['a', 'b', 'c']) order.push(await textOf(handler, `/now/${name}`))
  await until(() => order.includes('next turn'), 'the next turn')
  assert.equal(order[0], 'a')
  assert.deepEqual(order.filter((each) => each !== 'next turn'), ['a', 'b', 'c'])
})

test("a long batch of requests is answered in pieces, and Node's loop turns between them", async (t) => {
  const handler = open(t, 'keeps_busy')
  await handler.ready()
  const order = []
  const answers = Array.from({ length: 64 }, async () => order.push(await textOf(handler, '/busy/1')))
  let isOver = false
  const note = () => {
    order.push('turn')
    if (!isOver) setImmediate(note)
  }
  setImmediate(note)
  await Promise.all(answers)
  isOver = true
  const places = order.flatMap((what, place) => what === 'turn' ? [] : [place])
  assert.equal(places.length, 64)
  // The first may be answered by itself, before the batch of all others.
  assert.ok(order.slice(places[1], places.at(-1)).includes('turn'), 'all at once')
})

test('a task that gives way for ever stops neither JavaScript nor other requests', async (t) => {
  const handler = open(t, 'keeps_busy')
  const request = await serve(t, handler)
  assert.equal(await textOf(handler, '/spin/one'), 'started')
  await assertNodeGoesOn(handler, request)
  const before = Number(await textOf(handler, '/turns/one'))
  await turn()
  await assertNodeGoesOn(handler, request)
  assert.ok(Number(await textOf(handler, '/turns/one')) > before)
  assert.equal(await textOf(handler, '/stop/one'), 'True')
})

test('many tasks that give way, and many that sleep for moments, go on side by side', async (t) => {
  const handler = open(t, 'keeps_busy')
  const request = await serve(t, handler)
  const keys = Array.from({ length: 20 }, (_, number) => `${number}`)
  for (const key of keys) await textOf(handler, `/${key % 2 === 0 ? 'spin' : 'timers'}/many-${key}`)
  const counts = () => Promise.all(keys.map(async (key) => Number(await textOf(handler, `/turns/many-${key}`))))
  const before = await counts()
  await assertNodeGoesOn(handler, request)
  // Each of them goes on, however often it is looked at.
  for (let after = before; !after.every((count, index) => count > before[index]);) after = await counts()
  for (const key of keys) assert.equal(await textOf(handler, `/stop/many-${key}`), 'True')
})

test('a task that gives way for ever does not stop timers, threads and sockets of Python', async (t) => {
  const handler = open(t, 'keeps_busy')
  await textOf(handler, '/spin/beside')
  const timers = open(t, 'sets_timers')
  assert.deepEqual(await json(timers, '/order'), { ran: ['a', 'b', 'c', 'd', 'e', 'f'], early: 0 })
  assert.equal(await json(timers, '/from_thread'), 'set by a thread')
  assert.deepEqual(await json(open(t, 'opens_sockets'), '/udp'), ['ONE', 'TWO'])
  assert.deepEqual(await json(open(t, 'starts_children'), '/output'), [3, 'TEXT', 'said'])
  assert.equal(await textOf(handler, '/stop/beside'), 'True')
})

test('a request that gives way until another one comes is answered', async (t) => {
  const handler = open(t, 'keeps_busy')
  const waiting = [1, 2, 3].map((number) => textOf(handler, `/until/${number}`))
  for (const number of [3, 1, 2]) {
    await turn()
    assert.equal(await textOf(handler, `/enough/${number}`), 'said')
    assert.equal(await waiting[number - 1], 'enough')
  }
})

test('JavaScript that turns for ever stops neither timers, threads nor chains of Python', async (t) => {
  const node = turning()
  t.after(() => node.stop())
  const handler = open(t, 'keeps_busy')
  assert.equal(await textOf(handler, '/steps/1000'), '1000')
  assert.deepEqual(await json(open(t, 'sets_timers'), '/order'), { ran: ['a', 'b', 'c', 'd', 'e', 'f'], early: 0 })
  assert.deepEqual(await json(open(t, 'uses_threads'), '/threadsafe'), { was_main: false })
  assert.deepEqual(await json(open(t, 'starts_children'), '/output'), [3, 'TEXT', 'said'])
  assert.deepEqual(await json(open(t, 'opens_sockets'), '/streams'), [true, true])
  const before = node.turns()
  await turn()
  await turn()
  assert.ok(node.turns() > before)
})

test('Python threads give the interpreter up soon after they are asked', onlyOnNode, async (t) => {
  const interval = await json(open(t, 'knows_its_loop'), '/switch_interval')
  assert.ok(interval > 0 && interval <= 0.0005, `${interval} s`)
})

test('JavaScript and requests go on while a Python thread computes', async (t) => {
  const handler = open(t, 'keeps_busy')
  const request = await serve(t, handler)
  assert.equal(await textOf(handler, '/burn/one'), 'burning')
  await assertNodeGoesOn(handler, request)
  assert.equal(handler.handleRequestSync({ url: '/steps/10' }).body.toString(), '10')
  assert.deepEqual(await json(open(t, 'sets_timers'), '/order'), { ran: ['a', 'b', 'c', 'd', 'e', 'f'], early: 0 })
  assert.deepEqual(await json(open(t, 'starts_children'), '/output'), [3, 'TEXT', 'said'])
  assert.equal(await textOf(handler, '/cool/one'), 'True')
})
