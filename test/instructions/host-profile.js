'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ending, isExecutable, run, which } = require('../../js/setup/child-processes')
const { findHeaders } = require('../../js/setup/headers')
const nativeBuild = require('../../js/setup/native-build')
const paths = require('../../js/setup/paths')
const { describe, findPython } = require('../../js/setup/python')
const { findSwift } = require('../../js/setup/swift-toolchain')
const virtualEnvironment = require('../../js/setup/virtual-environment')
const { readProfile } = require('./callgrind-output')
const { round } = require('./thresholds')

const PRODUCT = 'HostProfile'
/** The scenarios of Tests/HostProfile. */
const SCENARIOS = ['hello', 'alone', 'echo', 'stream', 'websocket']
const ROUNDS = 16
/** Of `alone`, whose rounds are one request: as many requests as the others have. */
const ROUNDS_ALONE = 1024
const SCRATCH = path.join(paths.root, '.build-profile')
// The names that the C library's functions have, and those that a profiler may find at the same address.
const ALLOCATIONS = /^(?:__libc_)?(?:malloc|calloc|realloc|memalign)$|^(?:__)?posix_memalign$|^aligned_alloc$/

/** Why nothing can be counted here, or false. */
function whyNot() {
  if (process.platform !== 'linux') return 'only on Linux'
  return ['valgrind', 'swift'].map(missing).find((reason) => reason !== undefined) ?? false
}

const missing = (tool) => (which(tool) === undefined ? `there is no ${tool} on PATH` : undefined)

/**
 * Builds the program that runs the scenarios, in a folder of its own, so that a build of the addon need not wait.
 *
 * @param {(line: string) => void} [onLine] takes what the compiler prints
 * @returns {Promise<string>} its path
 */
async function build(onLine) {
  // The compiler's caches hold absolute paths, and refuse a repository that was moved.
  const place = path.join(SCRATCH, 'place')
  if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') !== paths.root) fs.rmSync(SCRATCH, { recursive: true })
  fs.mkdirSync(SCRATCH, { recursive: true })
  fs.writeFileSync(place, paths.root)
  const args = ['build', '-c', 'release', '--product', PRODUCT, '--scratch-path', SCRATCH]
  const result = await run('swift', args, { env: nativeBuild.environment(await findHeaders()), onLine })
  if (result.code !== 0) throw failure(`swift ${args.join(' ')}`, result)
  return path.join(SCRATCH, 'release', PRODUCT)
}

const failure = (command, result) => new Error(`${command} failed (${ending(result)}):\n${result.lines.join('\n')}`)

/**
 * The interpreter to count with: PYTHON_NODE_PYTHON, else the one that `.venv` was or would be made of. Not `.venv` itself:
 * what is installed there moves the interpreter's memory, and with it the number of instructions.
 */
async function interpreter() {
  const named = process.env.PYTHON_NODE_PYTHON
  if (!named && isExecutable(virtualEnvironment.interpreter)) {
    const found = await describe(virtualEnvironment.interpreter)
    if (found !== undefined) return found.executable
  }
  const { python, problem } = await findPython()
  if (python === undefined) throw new Error(problem)
  return python.executable
}

// Its options without their values: those are folders.
const QUESTION = `
import json, platform, shlex, sysconfig
options = {option.partition('=')[0] for option in shlex.split(sysconfig.get_config_var('CONFIG_ARGS') or '')}
options = sorted(option for option in options if option.startswith(('--enable-', '--with')))
options += [flag for flag in shlex.split(sysconfig.get_config_var('OPT') or '') if flag.startswith('-O')]
build = [platform.machine(), platform.python_compiler(), *options]
print(json.dumps({'python': platform.python_version(), 'build': ' '.join(build)}))
`

/**
 * Finds out what the costs depend on.
 *
 * @param {string} python an interpreter
 * @returns {Promise<import('./thresholds').Setting>}
 */
async function setting(python) {
  const answer = await run(python, ['-c', QUESTION])
  if (answer.code !== 0) throw failure(python, answer)
  const { version } = await findSwift()
  return { ...JSON.parse(answer.lines.at(-1)), swift: version }
}

/**
 * Runs a scenario under callgrind and counts what a request costs on the event loop's thread.
 *
 * @param {string} program what `build` has made
 * @param {string} scenario
 * @param {string} python an interpreter
 * @returns {Promise<import('./thresholds').Cost>}
 */
async function measure(program, scenario, python) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-profile-'))
  try {
    // A copy: the folder's path is as long everywhere, and nothing is compiled yet.
    const apps = path.join(folder, 'apps')
    fs.cpSync(path.join(paths.root, 'Fixtures', 'apps'), apps, { recursive: true, filter: isSource })
    const args = ['--tool=callgrind', `--callgrind-out-file=${path.join(folder, 'out')}`, ...counting, program]
    const env = environment(python)
    const rounds = String(scenario === 'alone' ? ROUNDS_ALONE : ROUNDS)
    const result = await run(which('valgrind'), [...args, apps, rounds, scenario], { cwd: folder, env })
    const answers = result.lines.map((line) => /: (\d+) answers counted$/.exec(line)).find((found) => found !== null)
    if (result.code !== 0 || answers === undefined) throw failure(`${scenario} under valgrind`, result)
    const { instructions, functions } = readProfile(fs.readFileSync(path.join(folder, countedPart(folder)), 'utf8'))
    const calls = [...functions].filter(([name]) => ALLOCATIONS.test(name)).map(([, { calls }]) => calls)
    const requests = Number(answers[1])
    const mallocs = round(calls.reduce((sum, count) => sum + count, 0) / requests)
    return { instructions: Math.round(instructions / requests), mallocs }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const isSource = (file) => path.basename(file) !== '__pycache__'

/** The part that callgrind counts: the marked rounds, without the client's work, per thread. */
const counting = [
  '--separate-threads=yes',
  '--dump-before=host_profile_mark',
  '--toggle-collect=host_profile_take',
  // After the toggle, which would start without collecting.
  '--collect-atstart=yes',
]

/** The file of the second part, between the two marks, of the one thread that has come by them. */
function countedPart(folder) {
  const files = fs.readdirSync(folder).filter((name) => /^out\.2-\d+$/.test(name))
  if (files.length !== 1) throw new Error(`callgrind wrote ${fs.readdirSync(folder).join(', ')}`)
  return files[0]
}

/** The same variables everywhere: Python copies them, and how long they are changes where its memory lies. */
function environment(python) {
  return {
    PATH: '/usr/bin:/bin',
    PYTHON_NODE_PYTHON: python,
    PYTHON_NODE_TEST_LOOP: 'asyncio',
    // The thread that watches the loop goes by time, and its beats would be counted.
    PYTHON_NODE_WATCH: '0',
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    // The same string functions on every processor: those with AVX take another number of instructions.
    GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM',
  }
}

module.exports = { SCENARIOS, build, interpreter, measure, setting, whyNot }
