'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { WAYS, answerOf, jsonOfFixture, runFixture } = require('./support')

const outcomeOf = (scene) => jsonOfFixture('host-in-worker', [scene])

const texts = (text) => WAYS.map((way) => answerOf(way, text))

const WORKER = texts('worker')
const MAIN = [...texts('main'), 'sync']
const LEFT = { first: 'first', seen: ['http.disconnect', 'http.disconnect'], main: MAIN }

/** The outcome of each scene of the fixture. */
const SCENES = {
  'a worker ends by itself': { worker: WORKER, sync: 'SYNC', code: 0, main: MAIN },
  'a worker closes its handler and ends': { worker: WORKER, code: 0, main: MAIN },
  'a worker is terminated with requests in flight': LEFT,
  'a worker exits with requests in flight': { ...LEFT, code: 3 },
  'a worker is terminated while it asks': { main: MAIN },
  'workers one after the other': { codes: [1, 0, 1, 0], main: MAIN },
  'work of Python goes on': { outcomes: ['True', 'True', 'True'] },
  'the main thread comes while the worker ends': { outcomes: [MAIN] },
  'everything works in a worker': { failed: [], signals: [true, false] },
  'everything works when the worker has ended': { failed: [] },
  'a worker that hosts is blocked by a synchronous request': { held: 'firstsecond', main: MAIN, then: MAIN },
  'another worker has requests in flight': {
    held: 'firstsecond',
    timer: 'sleep',
    worker: WORKER,
    main: MAIN,
    code: 0,
  },
  'several workers begin at once': { answers: [WORKER, WORKER, WORKER], main: MAIN },
}

for (const [scene, expected] of Object.entries(SCENES)) {
  test(`Python that a worker has begun to host serves on: ${scene}`, () => {
    assert.deepEqual(outcomeOf(scene), expected)
  })
}

test('the main thread hosts and a worker asks: both are answered', () => {
  assert.deepEqual(outcomeOf('the main thread hosts and a worker asks'), {
    rounds: Array.from({ length: 5 }, () => [WORKER, texts('main'), 'sync']),
    code: 0,
    main: MAIN,
  })
})

test("a worker that is terminated is a disconnect, and leaves the main thread's requests alone", () => {
  assert.deepEqual(outcomeOf('the main thread hosts and a worker is terminated'), { ...LEFT, held: 'firstsecond' })
})

test('a worker is answered though the main thread, which hosts, asks synchronously', () => {
  const { sync, worker } = outcomeOf('the main thread is blocked by a synchronous request')
  assert.deepEqual(sync, texts('sync'))
  assert.deepEqual(worker, WORKER)
})

test('a worker may begin, and answer, while the main thread waits for it synchronously', () => {
  const outcome = outcomeOf('the main thread is blocked until a worker has asked')
  assert.deepEqual(outcome, { held: 'firstsecond', worker: WORKER })
})

test('process.exit() ends the process while a worker hosts', () => {
  const ending = runFixture('host-in-worker', ['the process exits while a worker hosts'])
  assert.deepEqual(ending, { status: 5, signal: null, stdout: '', stderr: '' })
})
