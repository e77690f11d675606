'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('../support')

const TRACES = ['strong', 'weak', 'variable', 'callback', 'name', 'attribute', 'nothing', 'waiting', 'cancel']
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
