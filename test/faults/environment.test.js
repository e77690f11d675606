'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { docroot, run, textOf } = require('./support')

function open(t) {
  const handler = new PythonHandler('changes_environment:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

test('JavaScript sees the variables that Python sets, and those that it takes away', async (t) => {
  const handler = open(t)
  await textOf(handler, '/set/CHANGED_BY_PYTHON/one')
  assert.equal(process.env.CHANGED_BY_PYTHON, 'one')
  await textOf(handler, '/put/CHANGED_BY_PYTHON/größer')
  assert.equal(process.env.CHANGED_BY_PYTHON, 'größer')
  assert.equal(Object.keys(process.env).filter((name) => name === 'CHANGED_BY_PYTHON').length, 1)
  await textOf(handler, '/unset/CHANGED_BY_PYTHON')
  assert.equal('CHANGED_BY_PYTHON' in process.env, false)
  process.env.CHANGED_BY_NODE = 'x'
  await textOf(handler, '/set/CHANGED_BY_PYTHON/two')
  assert.deepEqual([process.env.CHANGED_BY_NODE, process.env.CHANGED_BY_PYTHON], ['x', 'two'])
  assert.equal(await textOf(handler, '/refuse'), 'illegal environment variable name')
})

test('Python writes variables while JavaScript reads them', async () => {
  const { status, signal, stdout, stderr } = await run('write-environment', [], { timeout: 60000 })
  assert.deepEqual({ status, signal, stdout }, { status: 0, signal: null, stdout: 'done\n' }, stderr)
})
