'use strict'

const fs = require('node:fs')
const { parseArgs } = require('node:util')
const { run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { interpreter } = require('../../js/setup/virtual-environment')
const { runCell } = require('../matrix/cell')
const { filesFor } = require('../matrix/core')
const { providePythons } = require('../matrix/pythons')
const { provideNodePackages } = require('../runner/node-packages')
const { build, runTests } = require('../sanitize/sanitized')
const { provideInterpreters } = require('./interpreters')

/** What the frameworks' tests import beside what the fixtures do, of the versions that `.venv` has for their other server. */
const PACKAGES = ['fastapi', 'starlette', 'django', 'asgiref', 'python-multipart', 'jinja2', 'httpx', 'itsdangerous']
/** The newest pydantic has no wheel for every free-threaded Python, and building one takes Rust. */
const WHEELS = ['--only-binary=pydantic-core,uvloop']

/**
 * Tests of apps that one loop runs: they keep futures and locks in their modules, take signals on Python's main thread, or
 * count their lifespans.
 */
const OF_ONE_LOOP = new Set([
  'test/conformance/application.test.js',
  'test/conformance/asyncio.test.js',
  'test/conformance/lifespan-modes.test.js',
  'test/conformance/lifespan.test.js',
  'test/conformance/receive.test.js',
  'test/conformance/tasks.test.js',
  'test/extensions/log.test.js',
  'test/faults/children.test.js',
  'test/faults/loop.test.js',
  'test/faults/process-wide.test.js',
  'test/faults/signals.test.js',
  'test/fetch.test.js',
  'test/frameworks/fastapi.test.js',
  'test/frameworks/starlette.test.js',
  'test/handlers.test.js',
  'test/host-throws.test.js',
  'test/hostile/driving.test.js',
  'test/hostile/lifespans.test.js',
  'test/serve/python-end.test.js',
  'test/websocket/receive.test.js',
])

/** Extensions that the tests build themselves do not say that they do without a GIL. */
const LEFT_OUT = 'test/binding.test.js'

/** Tests beyond the matrix' core, and those of several loops. */
const MORE = [
  'test/faults/calls.test.js',
  'test/faults/environment.test.js',
  'test/faults/loop.test.js',
  'test/faults/python.test.js',
  'test/faults/process-wide.test.js',
  'test/frameworks/django.test.js',
  'test/frameworks/fastapi.test.js',
  'test/frameworks/starlette.test.js',
  'test/hostile/pairing.test.js',
  'test/hostile/requests.test.js',
  'test/hostile/secrets.test.js',
  'test/hostile/splitting.test.js',
  'test/hostile/websockets.test.js',
  'test/soak/soak.test.js',
]
const LOOPS = ['gil', 'loops', 'mixed', 'threads'].map((name) => `test/free-threaded/${name}.test.js`)

/** When a cell that hangs is ended, in milliseconds. */
const LIMIT_MS = 900_000

const USAGE = 'npm run test:free-threaded -- [--loops 1,2] [--thread own,node] [--sanitize] [test files]; ' +
  'PYTHONS names interpreters; --sanitize runs 100,000 requests on two loops under the thread sanitizer instead'

// Runs the core of the tests, frameworks, bad apps and bad input on Python without a GIL: with one event loop, and with two.
command(async (console) => {
  const { loops, threads, sanitize, files } = options()
  if (!fs.existsSync(paths.addon)) throw new SetupError('There is no python-node.node to try: npm run build makes it')
  const problems = await provideNodePackages(console)
  if (problems.length > 0) throw new SetupError('Something is missing:', problems)
  const programs = await provideInterpreters(console)
  const packages = await ofVirtualEnvironment(PACKAGES)
  const pythons = await providePythons(console, [], { programs, packages, options: WHEELS })
  if (sanitize) return sanitized(console, pythons)
  const node = { version: process.versions.node, program: process.execPath }
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const python of pythons) {
    if (!python.version.endsWith('t')) throw new SetupError(`Python ${python.version} is not free-threaded`)
    for (const thread of threads) {
      for (const count of thread === 'node' ? ['1'] : loops) {
        const all = files.length > 0 ? files : filesOf(thread, count)
        const env = { PYTHON_NODE_LOOPS: count }
        const outcome = await runCell({ node, python, thread, files: all, env }, LIMIT_MS)
        const { passed, failed, skipped, failures, milliseconds } = outcome
        const text = `Python ${python.version}, ${thread}, ${count === '1' ? 'one loop' : `${count} loops`}: ` +
          `${passed} passed, ${failed} failed, ${skipped} skipped`
        console.outcome(failed === 0 ? 'ok' : 'failed', text, milliseconds)
        for (const failure of failures) console.line(`  ${failure}`)
        for (const name of Object.keys(sum)) sum[name] += outcome[name]
      }
    }
  }
  console.line(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
  process.exitCode = sum.failed === 0 ? 0 : 1
})

/** Packages with the versions that `.venv` has of them, where it has them. */
async function ofVirtualEnvironment(packages) {
  const { lines } = await run(interpreter, ['-m', 'pip', 'list', '--format=freeze', '--disable-pip-version-check'])
  const versions = new Map(lines.map((line) => [line.split('==')[0].toLowerCase().replaceAll('_', '-'), line]))
  return packages.map((name) => versions.get(name) ?? name)
}

/** Runs the tests of several loops under the thread sanitizer. */
async function sanitized(console, pythons) {
  const checkout = await build(console, 'thread')
  for (const { version, python } of pythons) {
    const env = { PYTHON_NODE_PYTHON: python, FREE_THREADED_REQUESTS: '100000' }
    const outcome = await runTests(console, 'thread', `Python ${version}, two loops`, checkout, LOOPS, env)
    const { tests, passed, findings, isClean } = outcome
    console.line(`Python ${version}: ${tests} tests, ${passed} passed, ${findings} findings`)
    if (!isClean) process.exitCode = 1
  }
}

/** The files of a cell. */
function filesOf(thread, count) {
  const all = [...filesFor(thread), ...MORE].filter((file) => file !== LEFT_OUT)
  if (thread === 'node') return all
  return [...(count === '1' ? all : all.filter((file) => !OF_ONE_LOOP.has(file))), ...LOOPS]
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        sanitize: { type: 'boolean', default: false },
        loops: { type: 'string', default: '1,2' },
        thread: { type: 'string', default: 'own,node' },
      },
      allowPositionals: true,
    })
    const { loops, thread, sanitize } = values
    return { loops: loops.split(','), threads: thread.split(','), sanitize, files: positionals }
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}
