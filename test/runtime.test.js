'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { test } = require('node:test')
const { openApp } = require('./support')

test('a handler has the version of Python and the name of the event loop', (t) => {
  const handler = openApp(t, 'hello')
  const { version, implementation, executable, prefix, loop } = handler.runtime
  assert.match(version, /^3\.\d+\.\d+/)
  assert.equal(implementation, 'CPython')
  assert.ok(fs.existsSync(executable))
  assert.ok(fs.existsSync(prefix))
  assert.match(loop, /^(uvloop|asyncio)$/)
  assert.deepEqual(openApp(t, 'echo_stream').runtime, handler.runtime)
})
