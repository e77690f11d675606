'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { makeFolder } = require('../support')

/** A handler of plain functions alone, in a folder with these files. */
function openFolder(t, files) {
  const python = new PythonHandler({ docroot: makeFolder(t, files), appTarget: null })
  t.after(() => python.close())
  return python
}

test('a handler without an app calls functions', async (t) => {
  const python = openFolder(t, {
    'sums.py': 'import helper\ndef add(a, b):\n    return helper.plain(a + b)\n',
    ...helper,
  })
  await python.ready()
  const add = python.function('sums:add')
  await add.ready()
  assert.equal(await add(1, 2), 3)
  assert.equal(await add.with({ inline: true })(1, 2), 3)
  assert.equal(python.stats().inFlight, 0)
})

const helper = { 'helper.py': 'def plain(value):\n    return value\n' }

test('requests and connections are refused, and functions keep working', async (t) => {
  const python = openFolder(t, helper)
  const code = 'ERR_ASGI_NOT_CALLABLE'
  const request = { method: 'GET', url: '/' }
  await assert.rejects(python.handleRequest(request), { code })
  await assert.rejects(python.handleStream(request), { code })
  await assert.rejects(python.fetch('http://localhost/'), ({ cause, ...error }) => (cause ?? error).code === code)
  assert.throws(() => python.handleRequestSync(request), { code })
  assert.throws(() => python.connect({ type: 'lines' }), { code })
  assert.equal(await python.function('helper:plain')('still there'), 'still there')
})

test('a folder that is not there throws when the handler is made', () => {
  const options = { docroot: '/nowhere/at/all', appTarget: null }
  assert.throws(() => new PythonHandler(options), { code: 'ERR_ASGI_ENTRY_NOT_FOUND' })
})
