'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { runFixture } = require('./support')

/** Runs one way to end, which says nothing on stderr. */
function end(way, ...args) {
  const { stderr, ...ending } = runFixture('end-node-thread', [way, ...args])
  assert.equal(stderr, '')
  return ending
}

const ended = (stdout, status = 0) => ({ status, signal: null, stdout })

test('the process ends by itself when nothing was asked', () => {
  assert.deepEqual(end('idle'), ended(''))
})

for (const kind of ['task', 'spin', 'timer', 'timers', 'server', 'thread', 'generator']) {
  test(`the process ends by itself though Python has something left: ${kind}`, () => {
    assert.deepEqual(end('leave', kind), ended(`${kind}\n`))
  })
}

test('the process ends by itself though Python has all of it left', () => {
  const kinds = ['task', 'spin', 'timer', 'timers', 'server', 'thread', 'generator']
  assert.deepEqual(end('leave', ...kinds), ended(kinds.map((kind) => `${kind}\n`).join('')))
})

for (const kind of ['sleep', 'wait_for_thread', 'wait_for_child']) {
  test(`the process stays while a request is in flight: ${kind}`, () => {
    assert.deepEqual(end('wait', kind), ended(`${kind}\n`))
  })
}

test('the process stays while a request gives way', () => {
  assert.deepEqual(end('steps'), ended('2000\n'))
})

test('the process stays while an app works on after its response', () => {
  assert.deepEqual(end('behind'), ended('behind\ndone\n'))
})

test('the process does not stay for a request that was given up', () => {
  assert.deepEqual(end('given up'), ended('given up\n'))
})

test("requests made at Node's end are answered", () => {
  assert.deepEqual(end('before exit'), ended('one\nTWO\nthree\n'))
})

test('atexit functions run and stdout is flushed at the end', () => {
  assert.deepEqual(end('streams'), ended('first\nlast\n'))
  assert.deepEqual(end('streams', 'close'), ended('first\nlast\n'))
  assert.deepEqual(end('streams', 'exit'), ended('first\nlast\n', 11))
})

test('the process ends after close() has waited for the shutdown', () => {
  assert.deepEqual(end('close'), ended('started\nclosed\n'))
})

const EXITS = {
  'exit in flight': ended('first\n', 7),
  'exit in a callback': ended('first\n', 8),
  'exit in a then': ended('', 9),
  'exit while a task gives way': ended('', 10),
  'exit while a thread computes': ended('', 12),
}

for (const [way, ending] of Object.entries(EXITS)) {
  test(`process.exit() ends the process at once: ${way}`, () => {
    assert.deepEqual(end(way), ending)
  })
}

test('an exception in a callback ends the process as it does without Python', () => {
  const { status, signal, stderr } = runFixture('end-node-thread', ['throw in a callback'])
  assert.deepEqual({ status, signal }, { status: 1, signal: null })
  assert.match(stderr, /Error: thrown in a callback/)
})

test('an exception in a callback that the program catches leaves all others alone', () => {
  assert.deepEqual(end('throw and go on'), ended('thrown at a\nthrown at b\nTEXT\nsync\n'))
})

test('SIGINT goes to the listener in Node', () => {
  assert.deepEqual(end('interrupt heard'), ended('SIGINT sleep\n'))
})

test('SIGINT without a listener ends the process', () => {
  assert.deepEqual(end('interrupt'), { status: null, signal: 'SIGINT', stdout: '' })
})
