'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder } = require('../support')
const { runCell } = require('./cell')
const { filesFor } = require('./core')
const { tables } = require('./table')
const { testFiles } = require('../runner/checks')

const node = { version: process.versions.node, program: process.execPath }
const python = { version: '3.8.0', python: '/nowhere', loop: 'uvloop' }

const FILES = {
  'each.test.js': `
    const { test } = require('node:test')
    test('passes', () => {})
    test('fails', () => { throw new Error('not today') })
    test('is left out', { skip: true }, () => {})`,
  'dies.test.js': "require('node:test').test('dies', () => process.kill(process.pid, 'SIGKILL'))",
  'hangs.test.js': "require('node:test').test('hangs', () => new Promise(() => setInterval(() => {}, 60000)))",
  'driver.test.js': `
    require('node:test').test('knows its driver and its Python', () => {
      const { PYTHON_NODE_THREAD: thread, PYTHON_NODE_PYTHON: python } = process.env
      require('node:assert').deepEqual([thread, python], ['node', '/nowhere'])
    })`,
}

/** Runs some of FILES as a cell of the matrix; returns the outcome without its duration. */
async function outcomeOf(t, names, limit) {
  const folder = makeFolder(t, FILES)
  const files = names.map((name) => path.join(folder, name))
  const { milliseconds, ...outcome } = await runCell({ node, python, thread: 'node', files }, limit)
  assert.equal(typeof milliseconds, 'number')
  return outcome
}

test('a cell counts tests that pass, fail and are skipped', async (t) => {
  const outcome = await outcomeOf(t, ['each.test.js', 'driver.test.js'])
  assert.deepEqual(outcome, { passed: 2, failed: 1, skipped: 1, failures: ['fails'] })
})

test('a cell whose process dies, hangs or finds no test has failed', async (t) => {
  for (const [name, limit] of [['dies.test.js'], ['hangs.test.js', 1000], ['absent.test.js']]) {
    const { passed, failed, failures } = await outcomeOf(t, [name], limit)
    assert.deepEqual({ name, passed, failed, named: failures.length }, { name, passed: 0, failed: 1, named: 1 })
  }
})

test('the table has a row for each Python, a column for each Node, and names the failures', () => {
  const outcome = { passed: 2, failed: 0, skipped: 1, failures: [] }
  const bad = { passed: 1, failed: 1, skipped: 1, failures: ['fails'] }
  const nodes = [{ version: '18.0.0' }, { version: '24.0.0' }]
  const cells = nodes.map((node, index) => ({ thread: 'own', node, python, outcome: index === 0 ? outcome : bad }))
  assert.deepEqual(tables(cells), [
    '**The event loop on a thread of its own: tests passed / failed / skipped**',
    '',
    '|  | Node 18.0.0 | Node 24.0.0 |',
    '| --- | ---: | ---: |',
    '| Python 3.8.0, uvloop | 2 / 0 / 1 | **1 / 1 / 1** |',
    '',
    'What failed:',
    '',
    '- Python 3.8.0, Node 24.0.0, `own`: fails',
    '',
  ])
})

test('the core is there', () => {
  const all = new Set(testFiles('test'))
  assert.deepEqual(filesFor('node').filter((file) => !all.has(file)), [])
})
