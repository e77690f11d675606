'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { probes } = require('./probes')
const { WAYS, answerOf, interpreters, jsonOfFixture } = require('./support')

const found = interpreters()

const TEXTS = WAYS.map((way) => answerOf(way, 'text'))

test('there is a Python to test with', { skip: found.length === 0 && 'no Python 3.8 to 3.15 with a library' }, () => {
  assert.notEqual(found.length, 0)
})

for (const { version, program } of found) {
  test(`the event loop of Python ${version} does everything: timers, threads, children, sockets, streams`, () => {
    const { answers, ...others } = jsonOfFixture('run-asyncio', [], { PYTHON_NODE_PYTHON: program })
    for (const [title, , , expected] of probes) assert.deepEqual(answers[title], expected, title)
    assert.deepEqual(others, {
      interrupts: ['before after thread'],
      together: TEXTS,
      sync: TEXTS,
      error: 'Python error: ValueError: on purpose',
      context: { before: 'unset', after: 'set by a request', task: 'set by a request' },
      streamed: true,
      left: ['given up', 'http.disconnect', 'http.disconnect'],
      started: 'started',
      stopped: 'True',
    })
  })
}
