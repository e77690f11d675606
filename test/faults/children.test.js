'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { askAlone, survive } = require('./support')

/** The answers of starts_processes. */
const ANSWERED = {
  fork: [0, 5],
  fork_often: true,
  fork_and_work: 6,
  fork_in_a_thread: 7,
  run: [0, '42'],
  shell: [0, 0, 0],
  terminated: [-15, [0, 1, 4, 9]],
  signalled: { SIGTERM: -15, SIGHUP: -1, SIGINT: 8, SIGUSR1: -10 },
  handled: [1, 1, []],
  processes: ['from the child', 0, 'from the child', 0, 'from the child', 0],
  pool_closed: 64,
  daemon: true,
}

for (const [kind, answer] of Object.entries(ANSWERED)) {
  test(`an app starts processes and goes on, and so do all others: ${kind}`, async () => {
    assert.deepEqual(await survive('starts_processes', [`/${kind}`, '/fork', `/${kind}`]), [answer, [0, 5], answer])
  })
}

test('all ways to start processes, one after the other', async () => {
  const kinds = Object.keys(ANSWERED)
  const answers = await survive('starts_processes', kinds.map((kind) => `/${kind}`))
  assert.deepEqual(answers, kinds.map((kind) => ANSWERED[kind]))
})

const forked = 'a forked child that ends by SystemExit ends, and takes nothing from its parent'

test(forked, async () => {
  const options = { handler: { responseTimeout: 3000 } }
  const steps = ['/fork_and_exit', '/fork', '/fork_often', '/child_ended']
  const [process, ...rest] = await survive('starts_processes', steps, options)
  assert.equal(typeof process, 'number')
  assert.deepEqual(rest, [[0, 5], true, 4])
})

test('children write to the streams of the process', async () => {
  const { stdout, stderr } = await askAlone('starts_processes', ['/shell'])
  assert.match(stdout, /^said by a shell\nsaid by Python/)
  assert.match(stderr, /^said by another$/m)
})

test('children have streams where the process was started without', async () => {
  const { outcomes } = await askAlone('starts_processes', ['/shell'], { without: [0, 2] })
  assert.deepEqual(outcomes, [{ status: 200, body: '[0, 0, 0]' }])
})

test('a child that Node starts has streams, though Python runs beside it', async () => {
  const steps = ['a child of Node', '/shell', 'a child of Node']
  const answers = await survive('starts_processes', steps)
  assert.deepEqual(answers, [['in', 0], [0, 0, 0], ['in', 0]])
})

test('a signal for a forked child does not reach the listeners of Node, however it was forked', async () => {
  const kinds = ['terminated', 'signalled', 'handled']
  const steps = ['Node listens', ...kinds.map((kind) => `/${kind}`), 'what Node has heard']
  const answers = await survive('starts_processes', steps)
  assert.deepEqual(answers, [[], ...kinds.map((kind) => ANSWERED[kind]), []])
})

for (const [end, status] of [['natural', 0], ['close', 0], ['exit', 7]]) {
  const title = `the process ends, and its children with it, though a pool of processes is open: ${end}`
  test(title, async () => {
    const result = await askAlone('starts_processes', ['/pool'], { end, timeout: 10000 })
    const { outcomes, late, left, signal, stderr } = result
    assert.deepEqual(outcomes, [{ status: 200, body: '49' }])
    const expected = { status, signal: null, late: false, left: false }
    assert.deepEqual({ status: result.status, signal, late, left }, expected, stderr)
  })
}
