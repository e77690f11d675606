'use strict'

// Tests of `listener` that are not about Node's own objects, run again over the servers of handlers.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')

const root = path.join(__dirname, '..', '..')
const FILES = `
  test/abort.test.js
  test/whole-body.test.js
  test/errors.test.js
  test/listener-head.test.js
  test/raised-again.test.js
  test/error-page.test.js
  test/conformance/application.test.js
  test/conformance/lifespan.test.js
  test/conformance/messages.test.js
  test/conformance/receive.test.js
  test/conformance/scope.test.js
  test/conformance/send.test.js
  test/wsgi/calls.test.js
  test/wsgi/environ.test.js
  test/wsgi/input.test.js
  test/wsgi/response.test.js
  test/hostile/streams.test.js
  test/hostile/pairing.test.js
  test/extensions/hints.test.js
  test/extensions/trailers.test.js
  test/hosts/proxied.test.js
  test/frameworks/fastapi.test.js
`.trim().split(/\s+/)

test('what holds for http.createServer(handler.listener) holds for handler.createServer()', async (t) => {
  const preloaded = ['test/runner/nothing-left.js', 'test/native-server/instead-of-node.js']
  const requires = preloaded.flatMap((file) => ['--require', path.join(root, file)])
  // The runner of this file is not to be told what the inner one finds.
  const env = { ...process.env }
  delete env.NODE_TEST_CONTEXT
  const args = ['--test', '--test-reporter=tap', ...requires, ...FILES]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  assert.match(output, /^# pass [1-9]/m)
})
