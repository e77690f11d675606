'use strict'

const assert = require('node:assert/strict')
const { setImmediate: turn } = require('node:timers/promises')
const { test } = require('node:test')
const { Request } = require('../..')
const { Scene } = require('../faults/support')
const { whyNot } = require('../free-threaded/support')

const EXECUTING = 'ValueError: coroutine already executing'
const AWAITED = 'RuntimeError: coroutine is being awaited already'
const ELSEWHERE =
  'RuntimeError: receive() and send() belong to the thread of their event loop: use asyncio.run_coroutine_threadsafe()'
const four = (text) => [text, text, text, text]
const hasGIL = whyNot() !== false

/** The outcome of each way of Fixtures/faults/drives_its_task.py. */
const WAYS = {
  own: four(EXECUTING),
  // Without a GIL nothing keeps a thread from looking while another one takes a step.
  thread: four(hasGIL ? EXECUTING : ELSEWHERE),
  waiting_thread: four(hasGIL ? AWAITED : ELSEWHERE),
  other_task: four(AWAITED),
  callback: four(AWAITED),
  awaits_itself: [EXECUTING],
  awaited_by_another: [AWAITED],
  makes: ['AttributeError', 'TypeError'],
  exchanged: ['TypeError'],
}

/** A request whose body comes in two parts, so that the app has to wait for one. */
async function outcomeOfUpload(scene, url) {
  const request = new Request({ method: 'POST', url })
  const outcome = scene.outcome(request)
  await request.write('first')
  await turn()
  await request.end('second')
  return outcome
}

for (const [way, expected] of Object.entries(WAYS)) {
  test(`an app that drives its own task gets an exception, and is answered: ${way}`, async (t) => {
    const scene = new Scene(t, 'drives_its_task')
    for (const when of ['now', 'turn']) await scene.answers(`/${way}/${when}`, expected)
    const { status, body } = await outcomeOfUpload(scene, `/${way}/message`)
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(body), expected)
  })
}

test('the awaitable of receive() ends like a coroutine when an exception is thrown into it', async (t) => {
  const scene = new Scene(t, 'drives_its_task')
  const reused = 'RuntimeError: cannot reuse already awaited receive() or send()'
  for (const when of ['now', 'turn']) {
    await scene.answers(`/message/${when}`, ['ValueError: thrown', reused, 'None', "KeyError: 'late'"])
  }
})

test('an app that inspects its task finds the attributes of its own coroutine', async (t) => {
  const scene = new Scene(t, 'drives_its_task')
  await scene.answers('/looks/turn', ['True'])
  assert.equal((await scene.outcome('/looks/now')).status, 200)
})

test('objects of the host’s types that an app has made by force do nothing', async (t) => {
  const scene = new Scene(t, 'drives_its_task')
  const { status, body } = await scene.outcome('/unmade/turn')
  assert.equal(status, 200)
  const outcomes = JSON.parse(body)
  // From Python 3.10 on it cannot be done.
  if (outcomes.length > 0) assert.deepEqual(outcomes, ['AttributeError', 'KeyError', 'None', 'RuntimeError'])
})

test('a coroutine that an app has kept does nothing when its request is over', async (t) => {
  const scene = new Scene(t, 'drives_its_task')
  const reused = 'RuntimeError: cannot reuse already awaited coroutine'
  for (const when of ['now', 'turn']) {
    await scene.answers(`/keeps/${when}`, [])
    await scene.answers('/ended/now', [reused, reused, reused, 'None', 'AttributeError', 'None'])
  }
})

test('an app that drives the tasks of others harms none of them', async (t) => {
  const scene = new Scene(t, 'drives_its_task')
  for (let round = 0; round < 5; round++) {
    const { status, body } = await scene.outcome('/idle/turn')
    assert.equal(status, 200)
    for (const outcome of JSON.parse(body)) {
      assert.match(
        outcome,
        /^(ValueError: coroutine already executing|RuntimeError: (coroutine is being|cannot reuse))/,
      )
    }
  }
})
