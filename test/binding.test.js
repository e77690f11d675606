'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { which } = require('../js/setup/child-processes')
const { makeFolder, openApp } = require('./support')

const sources = path.join(__dirname, '..', 'Fixtures', 'binding')
const script = path.join(__dirname, 'fixtures', 'ask-bindings.js')

/** Why the tests are skipped, or false. */
function whyNot() {
  if (process.platform !== 'linux') return 'names of libraries are apart on macOS'
  if (process.env.PYTHON_NODE_DEEPBIND === '0') return 'PYTHON_NODE_DEEPBIND=0 lets Python and Node share libraries'
  if (!process.report.getReport().header.glibcVersionRuntime) return 'only the GNU C library can keep names apart'
  return which('cc') !== undefined && which('c++') !== undefined ? false : 'there is no compiler (cc, c++)'
}

/** The modules, built once, and the Python that they are for. */
class Bindings {
  constructor(t) {
    this.folder = makeFolder(t, {})
    this.python = openApp(t, 'hello').runtime.executable
    const inPython = 'import sysconfig; print(sysconfig.get_paths()["include"])'
    this.include = execFileSync(this.python, ['-c', inPython], { encoding: 'utf8' }).trim()
    this.hasHeaders = fs.existsSync(path.join(this.include, 'Python.h'))
    for (const name of ['allocator', 'replacing', 'plugin', 'brought']) this.#library(name)
    if (!this.hasHeaders) return
    // The libraries are found beside the module, as in a wheel.
    const link = [`-L${this.folder}`, '-lbrought', '-Wl,-rpath,$ORIGIN', '-Wl,--enable-new-dtags']
    this.#compile('c++', ['-std=c++14', `-I${this.include}`, 'sharing.cpp', ...link], 'sharing.so')
  }

  #library(name) {
    this.#compile('cc', [`${name}.c`, `-Wl,-soname,lib${name}.so`, '-ldl'], `lib${name}.so`)
  }

  #compile(compiler, args, output) {
    const flags = ['-shared', '-fPIC', '-O1', '-fno-builtin', '-o', path.join(this.folder, output)]
    execFileSync(compiler, [...flags, ...args], { cwd: sources, stdio: ['ignore', 'ignore', 'inherit'] })
  }

  /** The answer to a question in a Node of its own, and the output before it. */
  ask(question, variables = {}) {
    const env = { ...process.env, PYTHON_NODE_PYTHON: this.python, BINDING_FOLDER: this.folder, ...variables }
    const options = { encoding: 'utf8', env, timeout: 60000 }
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, question], options)
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    return { answer: JSON.parse(lines.pop()), printed: lines.join('\n').trimEnd() }
  }

  /** The answer of Python started as a program. */
  askProgram(question) {
    const code = `import json, sys, tells_bindings as t; print(json.dumps(t.QUESTIONS[sys.argv[1]](${
      JSON.stringify(this.folder)
    })))`
    const options = { cwd: sources, encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } }
    return JSON.parse(execFileSync(this.python, ['-c', code, question], options))
  }

  /** Whether Python can import a module. */
  has(module) {
    return spawnSync(this.python, ['-c', `import ${module}`]).status === 0
  }
}

describe('libraries that Python loads', { skip: whyNot() }, () => {
  let bindings
  // Shared by the tests of this file, until the last one is over.
  const ends = []
  before(() => (bindings = new Bindings({ after: (end) => ends.push(end) })))
  after(async () => {
    while (ends.length > 0) await ends.pop()()
  })

  const needsHeaders = (t) => {
    if (!bindings.hasHeaders) t.skip('this Python has no headers')
    return bindings.hasHeaders
  }
  const needsModule = (t, module) => {
    const isThere = bindings.has(module)
    if (!isThere) t.skip(`this Python has no ${module}`)
    return isThere
  }

  test('write to std::cout', (t) => {
    if (!needsHeaders(t)) return
    assert.deepEqual(bindings.ask('uses_cout'), { answer: true, printed: 'written by std::cout' })
  })

  test('make a std::regex, also while they are loaded', (t) => {
    if (!needsHeaders(t)) return
    assert.equal(bindings.ask('matches').answer, true)
  })

  test("see os.environ's changes in environ and with getenv", (t) => {
    if (!needsHeaders(t)) return
    assert.deepEqual(bindings.ask('sees_environment').answer, ['yes', 'yes'])
  })

  test('see the time zone that time.tzset() has set', (t) => {
    if (!needsHeaders(t)) return
    assert.deepEqual(bindings.ask('knows_zone').answer, [-10800, 'XYZ', -10800])
  })

  test('keep their own functions where Node has some of the same name', (t) => {
    if (!needsHeaders(t)) return
    // Its own, those of a library that it needs, and those of one that it opens by name while it is loaded.
    assert.deepEqual(bindings.ask('keeps_names_apart').answer, ['own', 'brought', 'brought', 'plugin'])
  })

  test('are opened apart by ctypes and share the environment', () => {
    assert.deepEqual(bindings.ask('opens_with_ctypes').answer, ['plugin', 1])
  })

  test('are opened apart by cffi and share the environment', (t) => {
    if (!needsModule(t, 'cffi')) return
    assert.deepEqual(bindings.ask('opens_with_cffi').answer, ['plugin', 1])
  })

  test('are the OpenSSL, zlib and SQLite of Python as a program', () => {
    assert.deepEqual(bindings.ask('has_its_own_libraries').answer, bindings.askProgram('has_its_own_libraries'))
  })

  test('are the same when site imports ssl before everything else', (t) => {
    const folder = makeFolder(t, { 'sitecustomize.py': 'import ssl, zlib\n' })
    const { answer } = bindings.ask('has_its_own_libraries', { PYTHONPATH: folder })
    assert.deepEqual(answer, bindings.askProgram('has_its_own_libraries'))
  })

  test('are the OpenSSL of the system when ctypes opens it', (t) => {
    const expected = bindings.askProgram('opens_openssl_with_ctypes')
    if (expected === null) return t.skip('there is no libssl.so.3')
    assert.deepEqual(bindings.ask('opens_openssl_with_ctypes').answer, expected)
  })

  test('start children with the environment that they are given', () => {
    const { answer: [, environment] } = bindings.ask('starts_child')
    assert.equal(environment, 'ONLY=this\n')
  })

  test('allocate with an allocator that is preloaded', (t) => {
    if (!needsHeaders(t)) return
    const LD_PRELOAD = path.join(bindings.folder, 'liballocator.so')
    for (const question of ['exchanges_memory', 'has_its_own_libraries', 'keeps_names_apart', 'starts_child']) {
      assert.deepEqual(bindings.ask(question, { LD_PRELOAD }), bindings.ask(question), question)
    }
  })

  test('allocate with it when they are of numpy', (t) => {
    if (!needsModule(t, 'numpy')) return
    const LD_PRELOAD = path.join(bindings.folder, 'liballocator.so')
    assert.equal(bindings.ask('sorts_numbers', { LD_PRELOAD }).answer, true)
  })

  test("call functions that are preloaded in the place of the C library's", () => {
    const preload = (...names) => names.map((name) => path.join(bindings.folder, `lib${name}.so`)).join(':')
    for (const LD_PRELOAD of [preload('replacing'), preload('replacing', 'allocator')]) {
      const expected = [424242, 'replaced', 42]
      assert.deepEqual(bindings.ask('calls_what_is_preloaded', { LD_PRELOAD }).answer, expected, LD_PRELOAD)
    }
  })

  test('bind to Node where PYTHON_NODE_DEEPBIND says so', () => {
    const { answer } = bindings.ask('opens_with_ctypes', { PYTHON_NODE_DEEPBIND: '0' })
    assert.deepEqual(answer, [process.versions.uv, 1])
  })
})
