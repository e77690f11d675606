'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { isDeepStrictEqual } = require('node:util')
const { PythonHandler } = require('../..')
const { docroot, openApp } = require('../support')

const TRACES = [
  'strong',
  'weak',
  'state',
  'variable',
  'callback',
  'name',
  'attribute',
  'nothing',
  'waiting',
  'cancel',
]
const ENDINGS = ['raising', 'exiting']
const HELD = 3
const MANY = 50
const MOST_ASKED = 1000

/** Sends many requests in one turn, so that Python gets them together. */
async function ask(handler, paths) {
  const answers = await Promise.allSettled(paths.map((path) => handler.handleRequest({ url: `/${path}` })))
  return answers.map(({ status, value }) => (status === 'fulfilled' ? value.body.toString() : status))
}

/** Asks until the answer is another one. */
async function changed(answer, before) {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    const after = await answer()
    if (!isDeepStrictEqual(after, before)) return after
  }
  throw new Error(`the answer is still ${JSON.stringify(before)}`)
}

for (const trace of TRACES) {
  test(`requests in one batch see no state that others left on their task: ${trace}`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    const paths = [trace, 'nothing', 'nothing', trace, trace, 'waiting', 'nothing', trace, 'nothing']
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await ask(handler, paths), paths.map(() => ''))
    }
  })
}

for (const trace of TRACES) {
  test(`a request sees no state that the previous one left on its task: ${trace}`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    for (const path of ['nothing', trace, 'nothing', 'nothing', trace, trace, 'waiting', 'nothing', trace, 'nothing']) {
      assert.deepEqual(await ask(handler, [path]), [''])
    }
  })
}

for (const ending of ENDINGS) {
  test(`a request that ends by ${ending} disturbs none in its batch`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    const paths = ['nothing', ending, 'nothing', 'waiting', ending, ending, 'waiting', 'nothing']
    const expected = paths.map((path) => (path === ending ? 'rejected' : ''))
    for (let round = 0; round < 3; round++) assert.deepEqual(await ask(handler, paths), expected)
  })
}

test('traces of all kinds in one batch, in every order, stay with their requests', async (t) => {
  const handler = openApp(t, 'leave_traces')
  const paths = TRACES.flatMap((first) => TRACES.flatMap((second) => [first, second, 'nothing']))
  assert.deepEqual(await ask(handler, paths), paths.map(() => ''))
})

test("a done callback of a request's task runs when that request is over", async (t) => {
  const handler = openApp(t, 'leave_traces')
  const ended = async () => (await ask(handler, ['ended']))[0].split(',').filter(Boolean).length
  const before = await ended()
  await ask(handler, ['nothing', 'callback', 'nothing'])
  assert.equal(await changed(ended, before), before + 1)
})

test('the tasks that there are are those of the requests under way, and each has its own', async (t) => {
  const handler = openApp(t, 'lists_tasks')
  const tasks = async (path) => JSON.parse((await ask(handler, [path]))[0])
  assert.deepEqual(await tasks('names'), ['asgi', 'lifespan'])
  await tasks('between')
  assert.deepEqual(await changed(() => tasks('listed'), []), [['lifespan']])
  const held = Array.from({ length: HELD }, () => tasks('hold'))
  const all = ['asgi', ...held.map(() => 'asgi'), 'lifespan']
  assert.deepEqual(await changed(() => tasks('names'), ['asgi', 'lifespan']), all)
  const kept = await ask(handler, Array.from({ length: MANY }, () => 'keep'))
  assert.deepEqual(kept, Array.from({ length: MANY }, (_, index) => `${index + 1}`))
  assert.deepEqual(await tasks('names'), all)
  await tasks('release')
  await Promise.all(held)
  assert.deepEqual(await tasks('names'), ['asgi', 'lifespan'])
})

test('a task that waits for those of requests goes on when these are over', async (t) => {
  const handler = openApp(t, 'lists_tasks')
  const tasks = async (path) => JSON.parse((await ask(handler, [path]))[0])
  const held = tasks('hold')
  await tasks('watch')
  assert.deepEqual(await changed(() => tasks('watching'), []), [1])
  assert.deepEqual(await tasks('watched'), [])
  await tasks('release')
  await held
  assert.deepEqual(await changed(() => tasks('watched'), []), [1])
})

test('a lifespan that ends sees no task of requests', async (t) => {
  const report = new PythonHandler('lists_tasks', 'report', { docroot })
  t.after(() => report.close())
  const handler = openApp(t, 'lists_tasks')
  await ask(handler, ['names'])
  await ask(report, ['names'])
  await handler.close()
  const seen = JSON.parse((await ask(report, ['seen']))[0])
  assert.deepEqual(seen.at(-1), ['lifespan'])
})
