'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { ending, run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const { findHeaders } = require('../../js/setup/headers')
const nativeBuild = require('../../js/setup/native-build')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { withoutPython } = require('../runner/checks')
const { runtimeLibraries } = require('../runner/runtime-libraries')
const { Random } = require('./random')
const { SEEDS: CONNECTIONS } = require('./readings/connections')

/** The programs and their inputs. */
const TARGETS = {
  batches: { product: 'BatchFuzz', seeds: planSeeds },
  http1: { product: 'HTTP1Fuzz', seeds: connectionSeeds },
}

const USAGE = `npm run fuzz:native -- [--only ${Object.keys(TARGETS).join('|')}] [--runs N] [--seconds S] [file...]

  --only       batches of commands for the host, or connections for the HTTP/1.1 parser; default batches
  --runs N     how many inputs in total; default 200000
  --seconds S  for no longer than this
  file         only these inputs, once each: the file that a failure left repeats it`

const FOLDER = path.join(paths.root, '.build-fuzzer')
/** The seed of the first plans. Any bytes are a valid plan. */
const SEED = 20_250
const SEEDS_COUNT = 64
/** Longest input in bytes. */
const LONGEST = 1024

// Runs inputs that libFuzzer generates. Tests/BatchPlans and Tests/HTTP1Fuzz check the results.
command(async (console) => {
  const { target, runs, seconds, files } = options()
  await prepare(console, { addon: false })
  const fuzzer = await build(console, target)
  const result = files.length > 0
    ? await repeat(console, fuzzer, files)
    : await fuzz(console, fuzzer, target, runs, seconds)
  const { executions, edges, failures } = result
  // For single files, coverage is not counted.
  const covered = edges === undefined ? '' : `${edges} edges covered, `
  console.line(`${executions} executions, ${covered}${failures} failures`)
  process.exitCode = failures === 0 ? 0 : 1
})

function options() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        only: { type: 'string', default: 'batches' },
        runs: { type: 'string', default: '200000' },
        seconds: { type: 'string', default: '0' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    })
    if (values.help) throw new SetupError(USAGE)
    const target = Object.hasOwn(TARGETS, values.only) ? values.only : undefined
    if (target === undefined) throw new SetupError(`There is no fuzzer ${values.only}.`, [USAGE])
    return {
      target,
      runs: count(values.runs),
      seconds: count(values.seconds),
      files: positionals.map((file) => found(file)),
    }
  } catch (error) {
    if (error instanceof SetupError) throw error
    throw new SetupError(error.message, [USAGE])
  }
}

function count(text) {
  if (!/^\d+$/.test(text)) throw new SetupError(`${text} is no number.`, [USAGE])
  return Number(text)
}

function found(file) {
  if (!fs.existsSync(file)) throw new SetupError(`There is no file ${file}.`, [USAGE])
  return path.resolve(file)
}

/** Builds the fuzzer with the address sanitizer, and with Swift's assertions, which a release leaves out. */
async function build(console, target) {
  const { product } = TARGETS[target]
  const step = console.step('Building the native fuzzer')
  const [library] = await runtimeLibraries(['libclang_rt.fuzzer_no_main'], '.a')
  const args = ['build', '-c', 'release', '--product', product, '--sanitize=address', '--scratch-path', FOLDER]
  args.push('-Xswiftc', '-assert-config', '-Xswiftc', 'Debug')
  const env = { ...nativeBuild.environment(await findHeaders()), PYTHON_NODE_FUZZER: library }
  const result = await run('swift', args, { env, onLine: (line) => step.progress(line) })
  if (result.code !== 0) {
    step.failed(ending(result))
    throw new SetupError(`swift ${args.join(' ')} failed`, result.lines.slice(-30))
  }
  step.done()
  return path.join(FOLDER, 'release', product)
}

async function fuzz(console, fuzzer, target, runs, seconds) {
  // The corpus has the inputs that reached new code, for the next run.
  const [corpus, seeds, found] = ['corpus', 'seeds', 'found'].map((name) => path.join(FOLDER, target, name))
  for (const folder of [corpus, seeds, found]) fs.mkdirSync(folder, { recursive: true })
  for (const [number, seed] of TARGETS[target].seeds().entries()) fs.writeFileSync(path.join(seeds, `${number}`), seed)
  const args = [`-runs=${runs}`, `-max_len=${LONGEST}`, '-print_final_stats=1', `-artifact_prefix=${found}${path.sep}`]
  if (seconds > 0) args.push(`-max_total_time=${seconds}`)
  const result = await start(console, 'Fuzzing', fuzzer, [...args, corpus, seeds])
  return { ...result, failures: result.isClean ? 0 : 1 }
}

function planSeeds() {
  return Array.from({ length: SEEDS_COUNT }, (_, number) => new Random(SEED, number).bytes(16 << (number % 7)))
}

/** Connections with the octet before them that chooses limits and the kind of a response. */
function connectionSeeds() {
  return CONNECTIONS.map((octets, number) => Buffer.concat([Buffer.from([number & 0xff]), octets]))
}

async function repeat(console, fuzzer, files) {
  const total = { executions: 0, failures: 0 }
  for (const file of files) {
    const { isClean } = await start(console, path.basename(file), fuzzer, [file])
    total.executions++
    if (!isClean) total.failures++
  }
  return total
}

/** Runs the fuzzer, and shows its output about failures. */
async function start(console, title, fuzzer, args) {
  const env = {
    ...withoutPython(),
    // The sanitizer's functions stand in front of everybody's. What Python keeps to its end is no leak of ours.
    PYTHON_NODE_DEEPBIND: '0',
    // libFuzzer keeps the plan and the sanitizer has the better traces.
    SWIFT_BACKTRACE: 'enable=no',
    // Each of Python's objects is memory of its own, so that the sanitizer sees one that is used when it is freed.
    PYTHONMALLOC: 'malloc',
    ASAN_OPTIONS: [
      'detect_leaks=0',
      'detect_odr_violation=0',
      'allocator_may_return_null=1',
      'quarantine_size_mb=64',
      'malloc_context_size=8',
    ].join(':'),
  }
  const counts = { executions: 0, edges: 0 }
  let hasFailed = false
  const step = console.step(title)
  const limits = ['-detect_leaks=0', '-timeout=120', '-rss_limit_mb=4096']
  const result = await run(fuzzer, [...limits, ...args], {
    env,
    onLine(line) {
      counts.edges = Number(/ cov: (\d+) /.exec(line)?.[1] ?? counts.edges)
      const executions = /^#(\d+)\t/.exec(line) ?? /^stat::number_of_executed_units: (\d+)/.exec(line)
      if (executions !== null) counts.executions = Number(executions[1])
      hasFailed ||= /^FAILURE|^==\d+==\s*ERROR|Fatal error|The applications could not/.test(line)
      if (hasFailed) console.line(line)
      else step.progress(line)
    },
  })
  const isClean = result.code === 0
  if (isClean) step.done()
  else step.failed(ending(result))
  return { ...counts, isClean }
}
