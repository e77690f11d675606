'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { docroot, openApp } = require('../support')

/** The driver under test. What holds for both can be tried with the other one: `TEST_THREAD=own node --test …`. */
const thread = process.env.TEST_THREAD ?? 'node'

/** The options of every handler of these tests. The other driver would use uvloop, whose timers differ. */
const driver = thread === 'node' ? { thread } : { thread, loop: 'asyncio' }

/** For tests of what only Node's thread promises: options of `test` that leave them out with the other driver. */
const onlyOnNode = { skip: thread !== 'node' && "of thread 'node' only" }

const open = (t, name, options) => openApp(t, name, { ...driver, ...options })

const textOf = async (handler, url) => (await handler.handleRequest({ url })).body.toString()

/** The ways of waiting of the app answers_when: /<way>/<text>. */
const WAYS = ['now', 'turn', 'timer', 'task', 'thread', 'chunks']

/** Its answer. */
const answerOf = (way, text) => way === 'thread' ? text.toUpperCase() : text

/** A turn of Node's event loop. */
const turn = () => new Promise(setImmediate)

const fixture = (name) => path.join(__dirname, '..', 'fixtures', `${name}.js`)

/** The environment without what would choose another Python or another driver, and with `more`. */
function environment(more) {
  const env = { ...process.env, TEST_THREAD: thread }
  for (const name of ['PYTHON_NODE_PYTHON', 'PYTHON_NODE_THREAD', 'VIRTUAL_ENV', 'PYTHONHOME', 'PYTHONPATH']) {
    delete env[name]
  }
  return { ...env, ...more }
}

/**
 * Runs a fixture in a process of its own: there is one Python a process.
 *
 * @param {string} name the file's, without its extension.
 * @param {string[]} [args]
 * @param {object} [variables] of the environment.
 * @returns {{ status: number | null, signal: string | null, stdout: string, stderr: string }}
 */
function runFixture(name, args = [], variables = {}) {
  const options = { encoding: 'utf8', timeout: 60000, env: environment(variables) }
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [fixture(name), ...args], options)
  return { status, signal, stdout, stderr }
}

/** Runs a fixture that has to end well and say nothing but JSON. */
function jsonOfFixture(name, args, variables) {
  const { stdout, ...ending } = runFixture(name, args, variables)
  assert.deepEqual(ending, { status: 0, signal: null, stderr: '' })
  return JSON.parse(stdout)
}

/** Interpreters of this machine with a shared library, one of each version from 3.8 to 3.15. */
function interpreters() {
  const root = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions')
  const folders = fs.existsSync(root) ? fs.readdirSync(root).map((name) => path.join(root, name)) : []
  const programs = [...folders.map((folder) => path.join(folder, 'bin', 'python3')), '/usr/bin/python3']
  const found = new Map()
  for (const program of programs.filter((program) => fs.existsSync(program))) {
    const question = "import sys, sysconfig; print(*sys.version_info[:2], sysconfig.get_config_var('Py_ENABLE_SHARED'))"
    const { status, stdout } = spawnSync(program, ['-c', question], { encoding: 'utf8' })
    const [major, minor, isShared] = (stdout ?? '').trim().split(' ').map(Number)
    const isUsable = status === 0 && major === 3 && minor >= 8 && minor <= 15 && isShared === 1
    if (isUsable && !found.has(minor)) found.set(minor, { version: `${major}.${minor}`, program })
  }
  return [...found.keys()].sort((one, other) => one - other).map((minor) => found.get(minor))
}

module.exports = {
  WAYS,
  answerOf,
  docroot,
  driver,
  environment,
  fixture,
  interpreters,
  jsonOfFixture,
  onlyOnNode,
  open,
  runFixture,
  textOf,
  thread,
  turn,
}
