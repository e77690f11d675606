'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { json } = require('../conformance/support')
const { open, textOf } = require('./support')

for (const where of ['soon', 'timer', 'threadsafe', 'reader', 'task', 'future']) {
  for (const what of ['SystemExit', 'KeyboardInterrupt', 'stop']) {
    test(`${what} in a callback ends neither the process nor the event loop: ${where}`, async (t) => {
      const handler = open(t, 'raises_in_callbacks')
      const others = open(t, 'answers_when')
      const waiting = ['timer', 'thread', 'task'].map((when) => textOf(others, `/${when}/in flight`))
      assert.deepEqual(await json(handler, `/${where}/${what}`), ['before', 'after', 'thread'])
      assert.deepEqual(await Promise.all(waiting), ['in flight', 'IN FLIGHT', 'in flight'])
      assert.equal(others.handleRequestSync({ url: '/timer/later' }).body.toString(), 'later')
    })
  }
}

for (const when of ['now', 'later']) {
  test(`SystemExit and KeyboardInterrupt end only the request that raises them: ${when}`, async (t) => {
    const handler = open(t, 'ends_process')
    const expected = { exit: 'SystemExit', interrupt: 'KeyboardInterrupt' }
    for (const [what, pythonType] of Object.entries(expected)) {
      await assert.rejects(handler.handleRequest({ url: `/${when}/${what}` }), { code: 'ERR_ASGI_PYTHON', pythonType })
      assert.throws(() => handler.handleRequestSync({ url: `/${when}/${what}` }), { pythonType })
      assert.equal(await textOf(handler, '/'), 'going on')
    }
    assert.equal(await textOf(handler, `/${when}/stop`), 'going on')
    assert.equal(handler.handleRequestSync({ url: `/${when}/stop` }).body.toString(), 'going on')
    assert.deepEqual(await json(open(t, 'sets_timers'), '/idle'), 'awake')
  })
}
