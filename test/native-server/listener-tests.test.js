'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { FILES } = require('./listener-files')
const { runNatively } = require('./run-natively')

test('the tests of http.createServer(handler.listener) pass with handler.createServer()', async (t) => {
  const { code, output } = await runNatively(FILES, (child) => t.after(() => child.kill()))
  assert.equal(code, 0, output)
  assert.match(output, /^# pass [1-9]/m)
})
