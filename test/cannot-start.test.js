'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { askOnce, environment, interpreters } = require('./interpreters')
const { docroot, makeFolder } = require('./support')

/** Reasons why an interpreter does not start, with the text that the error must have in addition to Python's. */
const SETTINGS = [
  [{ PYTHONHOME: '/nonexistent' }, 'PYTHONHOME is /nonexistent'],
  [{ PYTHONIOENCODING: 'bogus' }, 'unknown encoding: bogus'],
  [{ PYTHONHASHSEED: 'abc' }, 'PYTHONHASHSEED'],
  [{ PYTHONUTF8: '2' }, 'PYTHONUTF8'],
  [{ PYTHONMALLOC: 'bogus' }, 'PYTHONMALLOC'],
  [{ PYTHONTRACEMALLOC: 'bogus' }, 'PYTHONTRACEMALLOC'],
]

/** The lines of the program's error when it does not start. */
function wordsOf(python, env) {
  const { status, stderr } = spawnSync(python, ['-c', ''], { encoding: 'utf8', env })
  assert.notEqual(status, 0)
  const told = /^(?:Fatal Python error: )(?:\w+: )?(.*)$/m.exec(stderr)
  const raised = /^(\w+Error: .*)$/m.exec(stderr.replace(/^Fatal.*$/gm, ''))
  return [told?.[1], raised?.[1]].filter((words) => words !== undefined)
}

for (const python of interpreters()) {
  test(`an interpreter that cannot start is an error with its own words: ${python}`, () => {
    for (const [settings, part] of SETTINGS) {
      const env = environment(settings, python)
      const words = wordsOf(python, env)
      assert.notEqual(words.length, 0)
      const error = JSON.parse(askOnce({ docroot, appTarget: 'hello:app' }, env))
      assert.equal(error.code, 'ERR_ASGI_INTERPRETER')
      for (const each of [python, part, ...words]) assert.ok(error.message.includes(each), `${each}: ${error.message}`)
    }
  })
}

test('after a start that failed every handler gets the same error, and Node goes on', () => {
  const script = path.join(__dirname, 'fixtures', 'try-python.js')
  const env = environment({ PYTHONHASHSEED: 'abc' }, interpreters()[0])
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '[{}, {}, { "docroot": "/tmp" }]'], {
    encoding: 'utf8',
    env,
    timeout: 60000,
  })
  assert.equal(status, 0, stderr)
  const [first, ...others] = JSON.parse(stdout)
  assert.equal(first.code, 'ERR_ASGI_INTERPRETER')
  assert.deepEqual(others, [first, first])
})

test('a program that ends without an answer is an error with its output', (t) => {
  const folder = makeFolder(t, { 'bin/python3': '#!/bin/sh\necho "shim: 3.99 is not installed" >&2\nexit 127\n' })
  const program = path.join(folder, 'bin', 'python3')
  fs.chmodSync(program, 0o755)
  const { code, message } = JSON.parse(askOnce({ docroot, appTarget: 'hello:app' }, environment({}, program)))
  assert.equal(code, 'ERR_ASGI_INTERPRETER')
  assert.match(message, /^PYTHON_NODE_PYTHON names .*: shim: 3\.99 is not installed\. Name a Python 3\.8 or later$/)
})

test('a virtual environment whose interpreter is missing is an error with the target of its link', (t) => {
  const folder = makeFolder(t, { '.venv/pyvenv.cfg': 'home = /gone\n', 'main.py': 'app = None\n' })
  fs.mkdirSync(path.join(folder, '.venv', 'bin'))
  fs.symlinkSync('/gone/bin/python3.9', path.join(folder, '.venv', 'bin', 'python3.9'))
  for (const name of ['python', 'python3']) fs.symlinkSync('python3.9', path.join(folder, '.venv', 'bin', name))
  for (
    const [python, source] of [[path.join(folder, '.venv'), 'PYTHON_NODE_PYTHON'], ['', '.venv above the docroot']]
  ) {
    const { code, message } = JSON.parse(askOnce({ docroot: folder }, environment({}, python)))
    assert.equal(code, 'ERR_ASGI_INTERPRETER')
    assert.ok(message.startsWith(`${source} names ${folder}/.venv, but `), message)
    assert.match(
      message,
      /bin\/python3 leads to \/gone\/bin\/python3\.9, which is gone: make the virtual environment anew/,
    )
  }
})

test('serve names the variable that has chosen a Python', () => {
  const cli = path.join(__dirname, '..', 'js', 'cli.js')
  const env = environment({}, '/no/such/python3')
  const args = [cli, 'serve', 'hello:app', '--app-dir', docroot, '--port', '0']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60000 })
  assert.notEqual(status, 0)
  assert.match(stderr, /PYTHON_NODE_PYTHON names \/no\/such\/python3/)
})
