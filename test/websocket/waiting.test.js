'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp, until } = require('../support')

/** Opens a socket to the app; `ask(...messages)` sends them and gives the next answer. */
async function open(handler) {
  const request = new Request({ websocket: true, url: '/' })
  const response = await handler.handleStream(request)
  const ask = async (...messages) => {
    for (const message of messages) await request.write(message)
    return response.nextMessage()
  }
  return { request, response, ask }
}

const WAYS = [
  ['in_a_task', ['a'], 'task: a'],
  ['between_sleeps', ['a'], 'slept: a'],
  ['in_a_generator', ['a', 'b'], 'generated: a b'],
  ['cancelled_at_once', [], 'cancelled'],
]

for (const [way, messages, expected] of WAYS) {
  test(`an application that waits for its messages ${way.replaceAll('_', ' ')} goes on with each`, async (t) => {
    const { request, ask } = await open(openApp(t, 'waits_in_turns'))
    for (let round = 0; round < 5; round++) {
      // Together, and each in a turn of its own.
      assert.equal(await ask(way, ...messages), expected)
      assert.equal(await ask('count'), String(2 * round + 1))
      const pending = ask(way)
      for (const message of messages) {
        await new Promise(setImmediate)
        request.write(message)
      }
      assert.equal(await pending, expected)
      assert.equal(await ask('count'), String(2 * round + 2))
    }
  })
}

test('an application that is cancelled, or out of time, while it waits for a message loses none', async (t) => {
  const { request, ask } = await open(openApp(t, 'waits_in_turns'))
  for (const [way, prefix] of [['cancelled', 'cancelled, then '], ['timed_out', 'timed out, then ']]) {
    for (let round = 0; round < 5; round++) {
      const answer = ask(way)
      // Long enough for either; a message that comes before is taken at once, which is right as well.
      await new Promise((resolve) => setTimeout(resolve, 30))
      request.write(`message ${round}`)
      const text = await answer
      assert.equal(text.replace(prefix, ''), `message ${round}`)
    }
  }
  assert.equal(await ask('count'), '1')
})

test('the task of an app that returns after a message is done', async (t) => {
  const handler = openApp(t, 'waits_in_turns')
  const watcher = await open(handler)
  for (const ending of ['raise', 'exit']) {
    const { request, response } = await open(handler)
    await request.write(ending)
    await assert.rejects(response.nextMessage(), { code: 'ERR_ASGI_PYTHON' })
  }
  const { request, response } = await open(handler)
  await request.end()
  assert.equal(await response.nextMessage(), null)
  await until(async () => /^done(,done)*$/.test(await watcher.ask('ended')), 'all have ended')
  assert.equal(await watcher.ask('count'), '1')
})

test('context variables stay from message to message, and belong to one socket', async (t) => {
  const handler = openApp(t, 'waits_in_turns')
  const sockets = await Promise.all(Array.from({ length: 10 }, () => open(handler)))
  for (let round = 1; round <= 5; round++) {
    const answers = await Promise.all(sockets.map(({ ask }) => ask('count')))
    assert.deepEqual(answers, answers.map(() => String(round)))
  }
})
