'use strict'

// Tests of serve that are about requests, run again with --http node: nobody sees which way is taken.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')

const root = path.join(__dirname, '..', '..')

const FILES = `
  client-errors
  drain-delay
  forwarded
  json-log
  log
  metrics
  own-answers
  serving
  shutdown
  static/command
`.trim().split(/\s+/).map((name) => path.join(__dirname, `${name}.test.js`))

test('what holds for serve by the native server holds with --http node', async (t) => {
  const env = { ...process.env, PYTHON_NODE_HTTP: 'node' }
  // The runner of this file is not to be told what the inner one finds.
  delete env.NODE_TEST_CONTEXT
  const preloaded = ['--require', path.join(root, 'test/runner/nothing-left.js')]
  const args = ['--test', '--test-reporter=tap', ...preloaded, ...FILES]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  assert.match(output, /^# pass [1-9]/m)
})
