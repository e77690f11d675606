'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { isSettled, json, openLifespan } = require('../conformance/support')
const { docroot, driver, jsonOfFixture, onlyOnNode, open, textOf, turn } = require('./support')

const CODE = 'ERR_ASGI_INVALID_OPTION'
const NODE = { runs: 'node', isSelectorLoop: true }

/** Where the event loops of handlers run that are made one after the other in a process of their own. */
const choose = (all, variables) => jsonOfFixture('choose-thread', [JSON.stringify(all)], variables)

/** Whether the numbers of threads show on which one code runs. */
const onLinux = { skip: process.platform !== 'linux' && "a thread's number is not the process'" }

test('a thread that there is not is refused, with those that there are', () => {
  for (const thread of ['other', '', 'Node', 1, null]) {
    assert.throws(() => new PythonHandler('hello:app', { docroot, thread }), ({ code, message }) => {
      assert.equal(code, CODE)
      assert.match(message, /'thread'.*'own', 'node'/)
      return true
    })
  }
})

test('the event loop runs on the thread that was chosen', onLinux, () => {
  assert.deepEqual(choose([{ thread: 'node' }]), [NODE])
  assert.deepEqual(choose([{ thread: 'own', loop: 'asyncio' }]), [{ runs: 'own', isSelectorLoop: true }])
  assert.equal(choose([{}])[0].runs, 'own')
})

test('handlers that do not ask for a thread take the one that runs', onLinux, () => {
  assert.deepEqual(choose([{ thread: 'node' }, {}, { thread: 'node' }]), [NODE, NODE, NODE])
})

test('a second handler that asks for another thread is refused, and the first goes on', onLinux, () => {
  const [first, second, third] = choose([{ thread: 'node' }, { thread: 'own' }, { thread: 'node' }])
  assert.deepEqual([first, third], [NODE, NODE])
  assert.equal(second.code, CODE)
  assert.match(second.message, /'thread'.*'own'.*'node'/)
  const [own, refused, again] = choose([{ thread: 'own' }, { thread: 'node' }, {}])
  assert.deepEqual([own.runs, again.runs], ['own', 'own'])
  assert.equal(refused.code, CODE)
  assert.match(refused.message, /'thread'.*'node'.*'own'/)
})

test("Node's thread runs asyncio's own loop only", onLinux, () => {
  const others = ['uvloop', 'uvloop:new_event_loop']
  const outcomes = choose([...others.map((loop) => ({ thread: 'node', loop })), { thread: 'node', loop: 'auto' }])
  for (const { code, message } of outcomes.slice(0, 2)) {
    assert.equal(code, CODE)
    assert.match(message, /'loop'/)
  }
  // A refused handler runs nothing.
  assert.deepEqual(outcomes[2], NODE)
  for (const loop of ['asyncio', 'asyncio:new_event_loop']) assert.deepEqual(choose([{ thread: 'node', loop }]), [NODE])
  const [running, refused] = choose([{ thread: 'node' }, { loop: 'uvloop' }])
  assert.deepEqual(running, NODE)
  assert.equal(refused.code, CODE)
})

test('a handler that is refused leaves the choice to the next one', onLinux, () => {
  const outcomes = choose([{ thread: 'node', loop: 'uvloop' }, { thread: 'other' }, { thread: 'own' }])
  assert.deepEqual(outcomes.map(({ code, runs }) => code ?? runs), [CODE, CODE, 'own'])
})

test('PYTHON_NODE_THREAD is the default of the option thread', onLinux, () => {
  const inNode = { PYTHON_NODE_THREAD: 'node' }
  const inOwn = { PYTHON_NODE_THREAD: 'own' }
  assert.deepEqual(choose([{}, { thread: 'node' }], inNode), [NODE, NODE])
  assert.equal(choose([{}], inOwn)[0].runs, 'own')
  assert.deepEqual(choose([{}, { thread: 'own' }], inNode).map(({ code, runs }) => code ?? runs), ['node', CODE])
  assert.deepEqual(choose([{ loop: 'uvloop' }], inNode)[0].code, CODE)
  // The option counts, where it is given.
  assert.equal(choose([{ thread: 'own' }], inNode)[0].runs, 'own')
  assert.deepEqual(choose([{ thread: 'node' }], inOwn), [NODE])
})

test('a PYTHON_NODE_THREAD that there is not is refused', () => {
  const [{ code, message }] = choose([{}], { PYTHON_NODE_THREAD: 'other' })
  assert.equal(code, CODE)
  assert.match(message, /PYTHON_NODE_THREAD/)
})

test('two handlers share the event loop, and each has its own requests', onlyOnNode, async (t) => {
  const handlers = [open(t, 'answers_when'), open(t, 'knows_its_loop')]
  const [text, thread] = await Promise.all([textOf(handlers[0], '/timer/text'), json(handlers[1], '/thread')])
  assert.equal(text, 'text')
  assert.equal(thread.is_main, true)
  assert.deepEqual(handlers.map((handler) => handler.stats().requests), [1, 1])
})

test('stats() counts requests, those in flight and errors', async (t) => {
  const handler = open(t, 'answers_when')
  const controller = new AbortController()
  const given = handler.handleRequest({ url: '/never/' }, controller.signal).catch((reason) => reason)
  const body = Buffer.from('12345')
  const answered = handler.handleRequest({ method: 'POST', url: '/body/ab', body })
  const failed = handler.handleRequest({ url: '/fails/x' }).catch(({ code }) => code)
  assert.equal(handler.stats().inFlight, 3)
  handler.handleRequestSync({ url: '/thread/abc' })
  assert.equal((await answered).body.toString(), 'ab12345')
  assert.equal(await failed, 'ERR_ASGI_PYTHON')
  const { loopLag, ...counters } = handler.stats()
  assert.ok(loopLag >= 0)
  assert.deepEqual(counters, {
    ...{ requests: 4, errors: 1, disconnects: 0, bytesIn: 5, bytesOut: 10, websockets: 0, inFlight: 1 },
  })
  controller.abort('given up')
  assert.equal(await given, 'given up')
  assert.equal(handler.stats().inFlight, 0)
})

test('maxConcurrency refuses further requests until one has ended', async (t) => {
  const handler = open(t, 'answers_when', { maxConcurrency: 2 })
  const refused = { code: 'ERR_ASGI_TOO_MANY_REQUESTS' }
  const pending = ['timer', 'thread'].map((way) => textOf(handler, `/${way}/x`))
  await assert.rejects(handler.handleRequest({ url: '/now/x' }), refused)
  assert.throws(() => handler.handleRequestSync({ url: '/now/x' }), refused)
  assert.deepEqual(await Promise.all(pending), ['x', 'X'])
  assert.equal(await textOf(handler, '/now/x'), 'x')
})

test('close() waits for requests in flight, and then for the shutdown', async (t) => {
  const { handler, until, log, go } = openLifespan(t, 'orderly', driver)
  const held = handler.handleRequest({ url: '/hold' })
  await until('request hold')
  const closing = handler.close()
  await assert.rejects(handler.handleRequest({ url: '/' }), { code: 'ERR_ASGI_CLOSED' })
  assert.throws(() => handler.handleRequestSync({ url: '/' }), { code: 'ERR_ASGI_CLOSED' })
  await turn()
  assert.equal((await log()).at(-1), 'request hold')
  await go('hold')
  assert.equal((await held).status, 200)
  await closing
  assert.deepEqual((await log()).slice(-3), ['response hold', 'lifespan.shutdown', 'shutdown complete'])
  await handler.close()
})

test('close() waits for a shutdown that takes its time', async (t) => {
  const { handler, until, log, go } = openLifespan(t, 'slow', driver)
  const pending = handler.handleRequest({ url: '/first' })
  await until('lifespan.startup')
  assert.equal(await isSettled(pending), false)
  await go('start')
  assert.equal((await pending).status, 200)
  const closing = handler.close()
  await until('lifespan.shutdown')
  assert.equal(await isSettled(closing), false)
  await go('stop')
  await closing
  assert.deepEqual((await log()).slice(-2), ['lifespan.shutdown', 'shutdown complete'])
})

test('close() disconnects requests that do not end in time, and other handlers go on', async (t) => {
  const handler = open(t, 'notice_disconnect')
  const others = open(t, 'answers_when')
  const response = await handler.handleStream({ url: '/stream/closed' })
  assert.equal((await response.next()).toString(), 'first')
  const waiting = handler.handleRequest({ url: '/wait/closed-wait' })
  const beside = textOf(others, '/timer/beside')
  const rejected = assert.rejects(waiting, { code: 'ERR_ASGI_CLOSED' })
  await handler.close({ timeout: 0 })
  await rejected
  await assert.rejects(response.next(), { code: 'ERR_ASGI_CLOSED' })
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(await beside, 'beside')
  const witness = open(t, 'notice_disconnect')
  for (const key of ['closed', 'closed-wait']) assert.equal(await textOf(witness, `/seen/${key}`), 'http.disconnect')
})

test('close() in the then of an answer, and again', async (t) => {
  const handler = open(t, 'answers_when')
  const others = ['timer', 'thread', 'turn'].map((way) => textOf(handler, `/${way}/x`))
  await textOf(handler, '/now/x').then(() => handler.close())
  assert.deepEqual(await Promise.all(others), ['x', 'X', 'x'])
  await handler.close()
})
