'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

for (const thread of ['own', 'node']) {
  for (const where of ['the first thread', 'worker']) {
    test(`the package may be loaded many times, with thread: '${thread}', in ${where}`, () => {
      const env = { ...process.env, PYTHON_NODE_THREAD: thread }
      const script = path.join(__dirname, 'fixtures', 'require-again.js')
      const child = spawnSync(process.execPath, [script, where], { encoding: 'utf8', env, timeout: 60000 })
      const { status, signal, stdout, stderr } = child
      assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
      const outcomes = stdout.trim().split('\n').map((line) => JSON.parse(line))
      assert.deepEqual(outcomes.map(({ isMainThread }) => isMainThread), where === 'worker' ? [true, false] : [true])
      for (const { before, after, answers, classes } of outcomes) {
        assert.deepEqual({ answers, classes, after }, { answers: 12, classes: 12, after: before })
      }
    })
  }
}
