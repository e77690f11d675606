'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('node:test')
const { findPythonHeaders } = require('../js/setup/headers')
const { runnerOptions } = require('./runner/checks')
const { until } = require('./support')

const root = path.join(__dirname, '..')
const PACKAGES = ['fastapi', 'uvloop', 'python-multipart']

/**
 * A repository of its own in which the set-up finds only what the test puts there: on `PATH` nothing but a `swift`
 * that writes down how it was called and does what `behaviour` says.
 */
function makeRepository(t, { swift = true, behaviour = {}, environment = true } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-setup-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const at = (...names) => path.join(folder, ...names)
  fs.cpSync(path.join(root, 'js', 'setup'), at('js', 'setup'), { recursive: true })
  fs.mkdirSync(at('Sources'))
  fs.writeFileSync(at('Sources', 'a.swift'), 'let a = 1\n')
  fs.writeFileSync(at('Package.swift'), '// swift-tools-version: 6.2\n')
  fs.mkdirSync(at('bin'))
  if (swift) {
    const source = `#!${process.execPath}\n(${fakeSwift})(${JSON.stringify({ folder, ...behaviour })})\n`
    fs.writeFileSync(at('bin', 'swift'), source, { mode: 0o755 })
  }
  if (environment) {
    fs.mkdirSync(at('.venv', 'bin'), { recursive: true })
    fs.symlinkSync(process.execPath, at('.venv', 'bin', 'python'))
    fs.writeFileSync(at('.venv', 'python-node.json'), JSON.stringify({ packages: PACKAGES }))
  }
  for (const header of ['node_api.h', 'Python.h']) fs.writeFileSync(at(header), '')
  const env = { PATH: at('bin'), PYTHON_NODE_NODE_INCLUDE: folder, PYTHON_NODE_PYTHON_INCLUDE: folder }
  return {
    at,
    builds: () => fs.existsSync(at('builds')) ? fs.readFileSync(at('builds'), 'utf8').trim().split('\n') : [],
    start: (overrides = {}) => {
      const options = { cwd: folder, env: { ...env, ...overrides } }
      const child = spawn(process.execPath, [at('js', 'setup', 'build.js')], options)
      const output = { child, stdout: '', stderr: '' }
      child.stdout.on('data', (text) => (output.stdout += text))
      child.stderr.on('data', (text) => (output.stderr += text))
      output.ended = new Promise((resolve) => child.once('close', (code) => resolve({ ...output, code })))
      return output
    },
    build(overrides) {
      return this.start(overrides).ended
    },
  }
}

/** The source of the stand-in for the compiler; runs in a process of its own. */
function fakeSwift({ folder, version = '6.3.1', fails = false, hangs = false }) {
  const { spawn } = require('node:child_process')
  const fs = require('node:fs')
  if (process.argv[2] === '--version') {
    console.log(`Swift version ${version} (swift-${version}-RELEASE)`)
    return
  }
  const { PYTHON_NODE_NODE_INCLUDE: node, PYTHON_NODE_PYTHON_INCLUDE: python } = process.env
  fs.appendFileSync(`${folder}/builds`, `${process.argv.slice(2).join(' ')} with ${node} and ${python}\n`)
  console.log('[1/2] Compiling a.swift')
  if (hangs) {
    const frontend = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    // Written to another name first, because a signal may arrive as soon as the file exists.
    fs.writeFileSync(`${folder}/pids.new`, `${process.pid} ${frontend.pid}`)
    fs.renameSync(`${folder}/pids.new`, `${folder}/pids`)
    return
  }
  if (fails) {
    console.log('a.swift:1:5: error: this does not compile')
    process.exitCode = 1
    return
  }
  fs.mkdirSync(`${folder}/.build/release`, { recursive: true })
  for (const ending of ['so', 'dylib']) fs.writeFileSync(`${folder}/.build/release/libpython-node.${ending}`, 'addon')
}

test('everything that is missing is reported at once, without a stack', async (t) => {
  const repository = makeRepository(t, { swift: false, environment: false })
  const { code, stderr } = await repository.build({
    PYTHON_NODE_PYTHON: '/nowhere',
    PYTHON_NODE_NODE_INCLUDE: '/no/node',
    PYTHON_NODE_PYTHON_INCLUDE: '/no/python',
  })
  assert.equal(code, 1)
  assert.match(stderr, /Swift: there is no swift on PATH; get Swift 6\.2 or later from https/)
  assert.match(stderr, /Python: PYTHON_NODE_PYTHON is \/nowhere: .*Python 3\.8 or later is needed/)
  assert.match(
    stderr,
    /PYTHON_NODE_NODE_INCLUDE is \/no\/node, which has no node_api\.h: set it to the folder of that file/,
  )
  assert.match(
    stderr,
    /PYTHON_NODE_PYTHON_INCLUDE is \/no\/python, which has no Python\.h: set it to the folder of that file/,
  )
  assert.doesNotMatch(stderr, /^\s+at /m)
})

test('a Swift older than the package needs is refused with both versions', async (t) => {
  const repository = makeRepository(t, { behaviour: { version: '5.10.1' } })
  const { code, stderr } = await repository.build()
  assert.equal(code, 1)
  assert.match(stderr, /bin\/swift is 5\.10\.1; get Swift 6\.2 or later/)
  assert.deepEqual(repository.builds(), [])
})

test('the addon is built once for the same sources, and again when they or the addon change', async (t) => {
  const repository = makeRepository(t)
  const { at } = repository
  const build = async () => assert.equal((await repository.build()).code, 0)

  await build()
  assert.equal(fs.readFileSync(at('python-node.node'), 'utf8'), 'addon')
  await build()
  assert.equal(repository.builds().length, 1, 'nothing has changed')

  fs.writeFileSync(at('Sources', 'a.swift'), 'let a = 2\n')
  await build()
  assert.equal(repository.builds().length, 2, 'a source has changed')

  fs.writeFileSync(at('python-node.node'), 'another one')
  await build()
  assert.equal(repository.builds().length, 3, 'the addon was replaced')

  fs.rmSync(at('bin', 'swift'))
  await build()
  assert.equal(repository.builds().length, 3, 'no compiler is no reason to compile')
})

test('the compiler gets the folders of the C headers', async (t) => {
  const repository = makeRepository(t)
  await repository.build()
  const [call] = repository.builds()
  assert.match(call, /^build -c release --product python-node/)
  assert.ok(call.endsWith(`with ${repository.at()} and ${repository.at()}`), call)
})

test("a failed build shows the compiler's errors, and keeps the previous addon", async (t) => {
  const repository = makeRepository(t, { behaviour: { fails: true } })
  fs.writeFileSync(repository.at('python-node.node'), 'before')
  const { code, stderr } = await repository.build()
  assert.equal(code, 1)
  assert.match(stderr, /failed \(exit code 1\)\n\s+a\.swift:1:5: error: this does not compile/)
  assert.doesNotMatch(stderr, /Compiling|^\s+at /m)
  assert.equal(fs.readFileSync(repository.at('python-node.node'), 'utf8'), 'before')
})

test('a build from before the checkout was moved is not used', async (t) => {
  const repository = makeRepository(t)
  await repository.build()
  fs.writeFileSync(repository.at('.build', 'python-node-place'), '/somewhere/else')
  fs.writeFileSync(repository.at('.build', 'cache'), 'with absolute paths')
  fs.writeFileSync(repository.at('Sources', 'a.swift'), 'let a = 3\n')
  assert.equal((await repository.build()).code, 0)
  assert.equal(fs.existsSync(repository.at('.build', 'cache')), false)
})

test('Ctrl-C ends the compiler and its child processes', async (t) => {
  const repository = makeRepository(t, { behaviour: { hangs: true } })
  const running = repository.start()
  await until(() => fs.existsSync(repository.at('pids')), 'the compiler runs')
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  assert.equal(code, 130)
  assert.match(stdout, /Interrupted/)
  assert.equal(stderr, '')
  for (const pid of fs.readFileSync(repository.at('pids'), 'utf8').split(' ')) {
    assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
  }
})

test("Python's headers: the system's oldest that will do, then an interpreter's", (t) => {
  const system = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-include-'))
  t.after(() => fs.rmSync(system, { recursive: true, force: true }))
  const add = (name) => {
    fs.mkdirSync(path.join(system, name))
    fs.writeFileSync(path.join(system, name, 'Python.h'), '')
  }
  const interpreter = { minor: 12, freeThreaded: false, include: path.join(system, 'elsewhere') }
  for (const name of ['python3.7', 'python3.13t', 'elsewhere']) add(name)
  assert.equal(findPythonHeaders([], {}, system), undefined)
  assert.equal(findPythonHeaders([{ ...interpreter, freeThreaded: true }], {}, system), undefined)
  assert.equal(findPythonHeaders([interpreter], {}, system), interpreter.include)
  for (const name of ['python3.11', 'python3.9']) add(name)
  assert.equal(findPythonHeaders([interpreter], {}, system), path.join(system, 'python3.9'))
})

test('the test runner gets only the flags that this Node knows', () => {
  const names = (version) => {
    const [, , ...options] = runnerOptions(version)
    return options.map((option) => option.split('=')[0])
  }
  assert.equal(runnerOptions('18.13.0')[0], '--require')
  assert.deepEqual(names('18.13.0'), [])
  assert.deepEqual(names('18.19.0'), ['--test-reporter', '--test-concurrency'])
  assert.deepEqual(names('20.9.0'), ['--test-reporter'])
  assert.deepEqual(names('22.0.0'), ['--test-reporter', '--test-concurrency', '--test-timeout'])
})
