'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { askAlone, survive } = require('./support')

/** Nothing but the signal wakes Python. */
const options = { env: { PYTHON_NODE_WATCH: '0' } }

/** Takes the steps; returns their results except `null`. */
async function hear(...steps) {
  const answers = await survive('hears_signals', steps, options)
  return answers.filter((answer) => answer !== null)
}

test('any handler of a signal can be read and set again', async () => {
  assert.deepEqual(await hear('/save_all'), [[false, false, false]])
  assert.deepEqual(await hear('Node listens', '/save_all', 'SIGTERM for Node'), [[], [false, false, false], 0])
})

test('a handler of Python that is set back leaves the signal to Node', async () => {
  const steps = ['Node listens', '/listen', 'SIGTERM for Python', '/restore', 'SIGTERM for Node']
  assert.deepEqual(await hear(...steps), [[], [], true, 1])
})

test('SIG_DFL of Python leaves the signal to Node', async () => {
  const steps = ['Node listens', '/listen', 'SIGTERM for Python', '/listen_no_more', 'SIGTERM for Node']
  assert.deepEqual(await hear(...steps), [[], [], 1])
})

test('a handler of Python calls the previous one: the listeners of Node', async () => {
  const steps = ['Node listens', '/listen_and_pass_on', 'SIGTERM for Node', 'SIGTERM for Node']
  assert.deepEqual(await hear(...steps), [[], true, 1, 2])
})

test('a handler of Python calls the previous one: without listeners of Node the process ends', async () => {
  const steps = ['/listen_and_pass_on', 'SIGTERM for Node']
  await assert.rejects(askAlone('hears_signals', steps, options), /SIGTERM/)
})

test('a signal that Python has taken is its own, though Node begins to listen later', async () => {
  const steps = ['/listen', 'Node listens', 'SIGTERM for Python', '/restore', 'SIGTERM for Node']
  assert.deepEqual(await hear(...steps), [[], [], true, 1])
})

test('a signal that Python has taken is its own, though Node listens no more', async () => {
  const steps = ['Node listens', '/listen', 'Node listens no more', 'SIGTERM for Python', 'SIGTERM for Python']
  assert.deepEqual(await hear(...steps), [[], [], [], []])
})

test('a handler of Python that passes on calls the listeners that Node has by then', async () => {
  const steps = ['/listen_and_pass_on', 'Node listens', 'SIGTERM for Node', '/restore', 'SIGTERM for Node']
  assert.deepEqual(await hear(...steps), [true, [], 1, true, 1])
})

test('SIGALRM interrupts blocking calls of Python: a sleep, a socket, a pipe', async () => {
  assert.deepEqual(await hear('/limited'), [['interrupted', 'interrupted', 'interrupted']])
})

test('handlers of the event loop are called, and leave the signal to Node when they are gone', async () => {
  assert.deepEqual(await hear('Node listens', '/loop_handlers', 'SIGTERM for Node'), [[], 0])
})

test('Node notices the end of its children, though Python handles SIGCHLD', async () => {
  const steps = ['a child begins', '/notice_children', 'the child ends', '/notice_no_children']
  assert.deepEqual(await hear(...steps), ['noticed'])
})
