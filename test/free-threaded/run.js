'use strict'

const fs = require('node:fs')
const { parseArgs } = require('node:util')
const { ending, run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { interpreter } = require('../../js/setup/virtual-environment')
const { runCell } = require('../matrix/cell')
const { providePythons } = require('../matrix/pythons')
const { withoutPython } = require('../runner/checks')
const { provideNodePackages } = require('../runner/node-packages')
const { build, runTests } = require('../sanitize/sanitized')
const { provideInterpreters } = require('./interpreters')
const { FILES_OF_ONE_LOOP, PARTS, TESTS_OF_ONE_LOOP } = require('./parts')

/** What the frameworks' tests import in addition to the fixtures, in the versions that `.venv` has for uvicorn. */
const PACKAGES = ['fastapi', 'starlette', 'django', 'asgiref', 'python-multipart', 'jinja2', 'httpx', 'itsdangerous']
/** The newest pydantic has no wheel for every free-threaded Python, and building one takes Rust. */
const WHEELS = ['--only-binary=pydantic-core,uvloop']

/** When a cell that hangs is ended, in milliseconds. */
const LIMIT_MS = 1_800_000

const USAGE = `npm run test:free-threaded -- [--only ${Object.keys(PARTS).join(',')}] [--loops 1,2]
    [--thread own,node] [--requests N] [--cases N] [--rounds N] [--sanitize] [test files]

  --requests N  of the soak, default 1000000
  --cases N     of the fuzzer, default 20000
  --rounds N    how often the process ends in each way, and how often speed is measured, default 5
  --sanitize    100,000 requests on two loops under the thread sanitizer instead

PYTHONS names interpreters.`

// Runs the tests, the soak, faults and the fuzzer on Python without a GIL: with one event loop, and with two.
command(async (console) => {
  const { only, loops, threads, sanitize, files, ...counts } = options()
  if (!fs.existsSync(paths.addon)) throw new SetupError('There is no python-node.node to try: npm run build makes it')
  const problems = await provideNodePackages(console)
  if (problems.length > 0) throw new SetupError('Something is missing:', problems)
  const programs = await provideInterpreters(console)
  const packages = await ofVirtualEnvironment(PACKAGES)
  const pythons = await providePythons(console, [], { programs, packages, options: WHEELS })
  if (sanitize) return sanitized(console, pythons)
  const parts = files.length > 0 ? { 'named files': { files: () => files } } : pick(only)
  const rows = []
  for (const python of pythons) {
    if (!python.version.endsWith('t')) throw new SetupError(`Python ${python.version} is not free-threaded`)
    for (const [name, part] of Object.entries(parts)) {
      for (const thread of threads.filter((thread) => part.threads?.includes(thread) ?? true)) {
        for (const count of thread === 'node' || part.comparesLoops ? [1] : loops) {
          const way = wayOf(part, thread, count)
          console.heading(`Python ${python.version}, ${name}, ${way}`)
          const outcome = await runPart(console, part, { python, thread, count, counts, isNamed: files.length > 0 })
          rows.push({ version: python.version, name, way, ...outcome })
        }
      }
    }
  }
  report(console, rows)
})

function pick(only) {
  const unknown = only.filter((name) => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) throw new SetupError(`There is no part ${unknown.join(', ')}.`, [USAGE])
  return Object.fromEntries(only.map((name) => [name, PARTS[name]]))
}

function wayOf(part, thread, count) {
  if (part.comparesLoops) return 'one loop and 2'
  if (thread === 'node') return "thread: 'node'"
  return count === 1 ? 'one loop' : `${count} loops`
}

/** Runs a part in one way. */
async function runPart(console, part, { python, thread, count, counts, isNamed }) {
  const env = { PYTHON_NODE_LOOPS: String(count) }
  if (part.program !== undefined) return runProgram(console, part.program(counts, count), python, env)
  const files = []
  const args = []
  for (const file of part.files(thread)) {
    const reason = count > 1 && !isNamed ? FILES_OF_ONE_LOOP.get(file) : undefined
    if (reason === undefined) files.push(file)
    else console.line(`left out: ${file}: ${reason}`)
  }
  if (count > 1 && !isNamed) {
    for (const [title, reason] of TESTS_OF_ONE_LOOP) console.line(`left out: ${title}: ${reason}`)
    args.push(`--test-name-pattern=${without([...TESTS_OF_ONE_LOOP.keys()])}`)
  }
  const node = { version: process.versions.node, program: process.execPath }
  const outcome = await runCell({ node, python, thread, files, env, args }, LIMIT_MS)
  const { passed, failed, skipped, failures, milliseconds } = outcome
  console.outcome(
    failed === 0 ? 'ok' : 'failed',
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
    milliseconds,
  )
  for (const failure of failures) console.line(`  ${failure}`)
  return { passed, failed, skipped, said: [] }
}

/**
 * A pattern of titles for Node 20, which has no option to leave tests out. It may precede titles by a space, and runs all
 * tests of a file whose own name, '' or '<root>', matches.
 */
const without = (titles) => `/^(?! *(?:${titles.join('|')})) *[^ <]/`

/** Runs a program that checks and counts by itself; the lines of its summary are kept for the table. */
async function runProgram(console, args, python, env) {
  const step = console.step(`node ${args.join(' ')}`)
  const whole = { ...withoutPython(), ...env, PYTHON_NODE_PYTHON: python.python }
  const result = await run(process.execPath, args, { env: whole, onLine: (line) => step.progress(line) })
  const { code, lines } = result
  // Its summary follows what it has said of its progress.
  const said = lines.filter((line) =>
    /(run|cases|left \{).*(failed|failures|memory)|requests\/s$| over |^memory of serve/.test(line)
  )
  if (code === 0) {
    step.done()
    return { passed: 1, failed: 0, skipped: 0, said }
  }
  step.failed(ending(result))
  for (const line of lines.slice(-60)) console.line(line)
  return { passed: 0, failed: 1, skipped: 0, said }
}

/** Prints one table of all parts, and the summaries of the programs. */
function report(console, rows) {
  console.heading('Summary')
  console.line('| Python | part | with | passed | failed | skipped |')
  console.line('|---|---|---|---|---|---|')
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const row of rows) {
    console.line(`| ${['version', 'name', 'way', 'passed', 'failed', 'skipped'].map((key) => row[key]).join(' | ')} |`)
    for (const name of Object.keys(sum)) sum[name] += row[name]
  }
  for (const { name, way, said } of rows) {
    for (const line of said) console.line(`${name}, ${way}: ${line}`)
  }
  console.line(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
  process.exitCode = sum.failed === 0 ? 0 : 1
}

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
    const outcome = await runTests(
      console,
      'thread',
      `Python ${version}, two loops`,
      checkout,
      PARTS.loops.files(),
      env,
    )
    const { tests, passed, findings, isClean } = outcome
    console.line(`Python ${version}: ${tests} tests, ${passed} passed, ${findings} findings`)
    if (!isClean) process.exitCode = 1
  }
}

function options() {
  const text = (value) => ({ type: 'string', default: value })
  try {
    const { values, positionals: files } = parseArgs({
      options: {
        only: text(Object.keys(PARTS).join(',')),
        loops: text('1,2'),
        thread: text('own,node'),
        requests: text('1000000'),
        cases: text('20000'),
        rounds: text('5'),
        sanitize: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [requests, cases, rounds] = [values.requests, values.cases, values.rounds].map(Number)
    const loops = values.loops.split(',').map(Number)
    if ([requests, cases, rounds, ...loops].some((count) => !(count > 0))) throw new Error('That is no count.')
    const { sanitize } = values
    return {
      only: values.only.split(','),
      loops,
      threads: values.thread.split(','),
      requests,
      cases,
      rounds,
      sanitize,
      files,
    }
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}
