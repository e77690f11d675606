'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { interpreters } = require('./interpreters')

const HELLO = 'Hello, World!'

/** The interpreter's facts when it is started as a program. */
function facts(program) {
  const question = 'import json, ssl, sys, zlib; ' +
    "facts = ['%d.%d' % sys.version_info[:2], sys.prefix, sys.base_prefix]; " +
    'print(json.dumps(facts + [ssl.OPENSSL_VERSION, zlib.ZLIB_RUNTIME_VERSION]))'
  const output = execFileSync(program, ['-c', question], { encoding: 'utf8' })
  const [version, prefix, basePrefix, openssl, zlib] = JSON.parse(output)
  return { version, prefix, basePrefix, openssl, zlib }
}

/** Runs the questions in a process of its own: there is one Python a process. */
function ask(python) {
  const env = { ...process.env, PYTHON_NODE_PYTHON: python }
  for (const name of ['VIRTUAL_ENV', 'PYTHONHOME', 'PYTHONPATH']) delete env[name]
  const script = path.join(__dirname, 'fixtures', 'ask-interpreter.js')
  const options = { encoding: 'utf8', env, timeout: 60000 }
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script], options)
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  return JSON.parse(stdout)
}

/** Checks the answers to all questions. */
function check(outcome, program, expected) {
  assert.deepEqual({ ...outcome, facts: undefined }, {
    hello: HELLO,
    sync: '/sync',
    slept: HELLO,
    together: 100,
    echo: true,
    streamed: true,
    error: { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: not today', hasTraceback: true },
    again: HELLO,
    facts: undefined,
  })
  assert.deepEqual(outcome.facts, {
    version: expected.version,
    executable: program,
    prefix: expected.prefix,
    base_prefix: expected.basePrefix,
    // Python's own, not those that Node exports.
    openssl: expected.openssl,
    zlib_version: expected.zlib,
    loop: 'asyncio',
    zlib: true,
    sqlite: 42,
    hash: createHash('sha256').update(HELLO).digest('hex'),
    ctypes: 8,
    decimal: '2.10',
    name: 'LATIN SMALL LETTER E WITH ACUTE',
    extensions: ['_csv', '_json'],
    child: `(${expected.version.replace('.', ', ')}) ${expected.prefix}`,
  })
}

const found = interpreters()

test(
  'there is an interpreter to test with',
  { skip: found.length === 0 && 'no Python 3.8 to 3.15 with a library' },
  () => {
    assert.notEqual(found.length, 0)
  },
)

for (const program of found) {
  test(`an app runs in ${program} with the version, paths and libraries of that interpreter`, () => {
    check(ask(program), program, facts(program))
  })
}

test('an app runs in a virtual environment as when it is activated', { skip: found.length === 0 }, (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const environment = path.join(fs.realpathSync(folder), 'environment')
  execFileSync(found.at(-1), ['-m', 'venv', '--without-pip', environment], { stdio: 'pipe' })
  const program = path.join(environment, 'bin', 'python3')
  const expected = facts(program)
  assert.equal(expected.prefix, environment)
  // Named by its folder or by its program: the same.
  for (const name of [environment, program]) check(ask(name), program, expected)
})
