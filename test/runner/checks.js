'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ending, run, which } = require('../../js/setup/child-processes')
const { findHeaders } = require('../../js/setup/headers')
const nativeBuild = require('../../js/setup/native-build')
const paths = require('../../js/setup/paths')
const { JAVASCRIPT, denoFormat, tool } = require('./tools')

const TYPES_TEST = 'test/types.test-d.ts'

/**
 * The checks of `npm test`, in their order. Each shows what its tools print and answers with a list of what is wrong,
 * which is empty when all is well. `node` and `hosted` take test files, or folders of them, instead of all, and note how many tests
 * passed, failed and were skipped.
 */
const checks = { lint, types, swift, node, hosted }

async function lint(console) {
  const deno = denoFormat('--check')
  return [
    ...await show(console, 'swift', ['format', 'lint', '--strict', '--recursive', 'Sources', 'Tests', 'Package.swift']),
    ...await show(console, tool('oxlint'), ['--config', '.oxlintrc.json', '--deny-warnings', ...JAVASCRIPT]),
    ...await show(console, deno.file, deno.args, deno.environment),
  ]
}

async function types(console) {
  const compiler = which('tsc')
  if (compiler === undefined) return ["there is no tsc on PATH (Debian's node-typescript)"]
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--moduleResolution', 'node16']
  return show(console, compiler, [...options, '--types', 'node', TYPES_TEST])
}

async function swift(console) {
  // One folder for both modes, because neither makes the other compile again.
  const args = ['test', '--scratch-path', paths.build]
  return show(console, 'swift', args, nativeBuild.environment(await findHeaders()))
}

/** The tests in Node; the event loop has a thread of its own where a test does not say otherwise. */
async function node(console, files, report) {
  const found = testFilesOf(files)
  if (found.length === 0) return ['there is no test/**/*.test.js']
  return show(console, process.execPath, ['--test', ...runnerOptions(), ...found], withoutPython(), report)
}

/** Files whose tests have nothing to do with who runs the event loop, or choose it themselves. */
const EITHER =
  /^test\/(node-thread\/|bench|deployment|exports|huge-chunks|instructions|linkage|matrix|packaging|readme|setup)/

/** The same tests with the event loop hosted on the JavaScript thread. */
async function hosted(console, files, report) {
  const found = testFilesOf(files).filter((file) => !EITHER.test(file))
  if (found.length === 0) return []
  const environment = { ...withoutPython(), PYTHON_NODE_THREAD: 'node' }
  console.line('PYTHON_NODE_THREAD=node')
  return show(console, process.execPath, ['--test', ...runnerOptions(), ...found], environment, report)
}

/** The test files that are named, and those of folders that are named; all where there are no names. */
function testFilesOf(names) {
  if (names.length === 0) return testFiles('test')
  return names.flatMap((name) => name.endsWith('.js') ? [name] : testFiles(name))
}

/**
 * Flags of Node's test runner, which hands the first on to each file, that this Node knows. Each file is a process with two busy threads, its own and
 * Python's, so no more files run at once than there are cores.
 */
function runnerOptions(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  const options = ['--require', path.join(paths.root, 'test', 'runner', 'nothing-left.js')]
  if (major > 18 || minor >= 15) options.push('--test-reporter=spec')
  if (major > 20 || (major === 20 && minor >= 10) || (major === 18 && minor >= 19)) {
    options.push(`--test-concurrency=${os.cpus().length}`)
  }
  // A test that hangs fails instead of holding everything up; the time is that of a whole file, on a busy machine.
  if (major > 20 || (major === 20 && minor >= 11)) options.push('--test-timeout=600000')
  return options
}

/** The test files under a folder. Node 18 and 20 read a folder's name differently, so they are named one by one. */
function testFiles(folder) {
  return fs
    .readdirSync(path.join(paths.root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) return testFiles(file)
      return entry.name.endsWith('.test.js') ? [file] : []
    })
    .sort()
}

/** The environment without what would lead the tests to another Python or driver than a fresh shell does. */
function withoutPython() {
  const environment = { ...process.env }
  const names = [
    'PYTHON_NODE_PYTHON',
    'PYTHON_NODE_THREAD',
    'PYTHON_NODE_LOOPS',
    'VIRTUAL_ENV',
    'PYTHONHOME',
    'PYTHONPATH',
  ]
  for (const name of names) delete environment[name]
  return environment
}

/** The counts at the end of a report of Node's test runner: `ℹ pass 12`, or with `#` in the format TAP. */
const COUNT = /^(?:ℹ|#) (pass|fail|cancelled|skipped) (\d+)$/
/** The line of the reporter `spec` after which the failed and cancelled tests are told again, with their errors. */
const FAILING = '✖ failing tests:'
/** Lines of that section that a summary repeats. */
const REPEATED = 120

/**
 * What Node's test runner says at the end.
 *
 * @typedef {object} Report
 * @property {Map<string, number>} counts `pass`, `fail`, `cancelled` (timed out, or left unfinished), `skipped`
 * @property {string[]} failing the section about the failed tests
 */

/** @returns {Report} */
const emptyReport = () => ({ counts: new Map(), failing: [] })

/**
 * Runs a tool and shows its output. Returns how it failed; nothing if it succeeded.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {string} file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @param {Report} [report] gets what Node's test runner says at its end.
 * @returns {Promise<string[]>}
 */
async function show(console, file, args, env = process.env, report = emptyReport()) {
  const name = path.basename(file)
  console.line(`$ ${[name, ...args].join(' ')}`)
  const { counts, failing } = report
  const onLine = (line) => {
    const found = COUNT.exec(line)
    if (found !== null) counts.set(found[1], Number(found[2]))
    if (line === FAILING || (failing.length > 0 && failing.length < REPEATED)) failing.push(line)
    console.line(line)
  }
  const result = await run(file, args, { env, onLine })
  const what = args[0].startsWith('-') ? name : `${name} ${args[0]}`
  return result.code === 0 ? [] : [`${what}: ${ending(result)}`]
}

module.exports = { checks, emptyReport, runnerOptions, testFiles, withoutPython }
