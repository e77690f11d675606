'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')

/**
 * Runs test files with servers of handlers in the place of `http.createServer(handler.listener)`.
 *
 * @param {string[]} files
 * @param {(child: import('node:child_process').ChildProcess) => void} onStart gets the process that runs them.
 * @returns {Promise<{ code: number | null, output: string }>}
 */
async function runNatively(files, onStart = () => undefined) {
  const preloaded = ['test/runner/nothing-left.js', 'test/native-server/instead-of-node.js']
  const requires = preloaded.flatMap((file) => ['--require', path.join(root, file)])
  // A test runner around this one must not get its results.
  const env = { ...process.env }
  delete env.NODE_TEST_CONTEXT
  const args = ['--test', '--test-reporter=tap', ...requires, ...files]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onStart(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { code, output }
}

module.exports = { runNatively }
