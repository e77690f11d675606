'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { FILES } = require('./listener-files')
const { runNatively } = require('./run-natively')

test('what holds for http.createServer(handler.listener) holds for handler.createServer()', async (t) => {
  const { code, output } = await runNatively(FILES, (child) => t.after(() => child.kill()))
  assert.equal(code, 0, output)
  assert.match(output, /^# pass [1-9]/m)
})
