'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { createInterface } = require('node:readline')
const paths = require('../../js/setup/paths')
const { withoutPython } = require('../runner/checks')

/** Milliseconds after which a cell that hangs is killed. */
const LIMIT_MS = 300000

/**
 * The outcome of the tests with one Python, one Node and one driver.
 *
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed counts a run without a result as one
 * @property {number} skipped
 * @property {string[]} failures the titles of what failed, or how the run ended
 * @property {number} milliseconds
 */

/**
 * Runs test files in a Node.
 *
 * @param {{ node: { version: string, program: string }, python: { python: string }, thread: string, files: string[],
 *   env?: Record<string, string>, args?: string[] }} cell `env`: variables in addition to those of this process; `args`: further
 *   arguments of Node.
 * @param {number} [limit] when it is ended, in milliseconds.
 * @returns {Promise<Outcome>}
 */
async function runCell({ node, python, thread, files, env: more, args: further = [] }, limit = LIMIT_MS) {
  const started = Date.now()
  const env = { ...withoutPython(), ...more, PYTHON_NODE_PYTHON: python.python, PYTHON_NODE_THREAD: thread }
  // Inside a test Node would take this one for a part of it, and run nothing.
  delete env.NODE_TEST_CONTEXT
  const args = ['--test', '--test-reporter=tap', ...limits(node.version), ...further, ...files]
  // A group of its own: a file that hangs is a child of the runner.
  const options = { cwd: paths.root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true }
  const child = spawn(node.program, args, options)
  const end = () => child.pid !== undefined && endGroup(child.pid)
  process.once('exit', end)
  const timer = setTimeout(end, limit)
  const counts = new Map()
  const failures = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, name, count] = /^# (\w+) (\d+)$/.exec(line) ?? []
    if (name !== undefined) counts.set(name, Number(count))
    const [, title] = /^\s*not ok \d+ - (?!.*# (?:SKIP|TODO))(.*)$/.exec(line) ?? []
    if (title !== undefined) failures.push(title)
  })
  try {
    const [code, signal] = await once(child, 'close')
    const [passed, skipped] = [counts.get('pass') ?? 0, counts.get('skipped') ?? 0]
    const counted = (counts.get('fail') ?? 0) + (counts.get('cancelled') ?? 0)
    if (code !== 0 && failures.length === 0) failures.push(`ended with ${signal ?? `exit code ${code}`}`)
    if (code === 0 && passed === 0) failures.push('no test ran')
    const failed = failures.length > 0 ? Math.max(counted, 1) : counted
    return { passed, failed, skipped, failures, milliseconds: Date.now() - started }
  } finally {
    clearTimeout(timer)
    process.off('exit', end)
  }
}

/** One file after the other, so that no cell depends on how many cores there are; a test that hangs fails. */
function limits(version) {
  const [major, minor] = version.split('.').map(Number)
  const options = []
  if (major > 20 || (major === 20 && minor >= 10) || (major === 18 && minor >= 19)) options.push('--test-concurrency=1')
  if (major > 20 || (major === 20 && minor >= 11)) options.push('--test-timeout=60000')
  return options
}

function endGroup(group) {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

module.exports = { runCell }
