'use strict'

// Runs the tests of serve that are about requests again, with --http node: both servers behave alike.

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
  health-path
  reload
  serving
  shutdown
  static/command
`.trim().split(/\s+/).map((name) => path.join(__dirname, `${name}.test.js`))

test('serve behaves with --http node as with the native server', async (t) => {
  const env = { ...process.env, PYTHON_NODE_HTTP: 'node' }
  // The inner test runner must not report to the one of this file.
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
