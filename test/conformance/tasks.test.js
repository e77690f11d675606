'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { docroot, openApp } = require('../support')

const TRACES = ['strong', 'weak', 'variable', 'callback', 'name', 'attribute', 'nothing', 'waiting', 'cancel']
/** Those that are left on a task from outside. */
const LEFT_LATER = ['strong', 'weak', 'variable', 'callback', 'name', 'attribute', 'nothing', 'cancel']
const ENDINGS = ['raising', 'exiting']

/** Sends many requests in one turn, so that Python gets them together. */
async function ask(handler, paths) {
  const answers = await Promise.allSettled(paths.map((path) => handler.handleRequest({ url: `/${path}` })))
  return answers.map(({ status, value }) => (status === 'fulfilled' ? value.body.toString() : status))
}

for (const trace of TRACES) {
  test(`a request never meets what another has left on its task: ${trace}`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    const paths = [trace, 'nothing', 'nothing', trace, trace, 'waiting', 'nothing', trace, 'nothing']
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await ask(handler, paths), paths.map(() => ''))
    }
  })
}

for (const trace of TRACES) {
  test(`a request behind another one never meets what that has left on its task: ${trace}`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    for (const path of ['nothing', trace, 'nothing', 'nothing', trace, trace, 'waiting', 'nothing', trace, 'nothing']) {
      assert.deepEqual(await ask(handler, [path]), [''])
    }
  })
}

for (const trace of LEFT_LATER) {
  test(`a request never meets what somebody has left on a task that waits for one: ${trace}`, async (t) => {
    const handler = openApp(t, 'leave_traces')
    const left = async () => {
      const answer = JSON.parse((await ask(handler, ['left']))[0])
      assert.deepEqual(answer.found, [])
      return answer.left
    }
    for (let round = 0; round < 3; round++) {
      const before = await left()
      assert.deepEqual(await ask(handler, [`later/${trace}`]), [''])
      let after = before
      while (after.length === before.length) after = await left()
      // There was one.
      assert.deepEqual(after, [...before, 1])
      assert.deepEqual(await ask(handler, ['nothing', 'nothing', 'waiting']), ['', '', ''])
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
  let after = before
  while (after === before) after = await ended()
  assert.equal(after, before + 1)
})

test('one task is there between requests, and whoever waits for it need not wait beyond the next one', async (t) => {
  const handler = openApp(t, 'lists_tasks')
  const tasks = async (path) => JSON.parse((await ask(handler, [path]))[0])
  assert.deepEqual(await tasks('names'), ['asgi', 'lifespan'])
  await tasks('wait')
  let waited
  do waited = await tasks('waited')
  while (waited.length === 0)
  assert.deepEqual(waited, [1])
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
