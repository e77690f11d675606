'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { openApp } = require('../support')
const { table } = require('./table')

const fixtures = path.join(__dirname, '..', '..', 'Fixtures', 'packages')
const script = path.join(__dirname, 'use-package.js')

/** The output of a process that uses these packages. */
const use = (names) => spawnSync(process.execPath, [script, ...names], { encoding: 'utf8', timeout: 60000 })

test('the standard library of Python works inside Node', () => {
  const names = ['zlib', 'hashlib', 'sqlite3', 'ssl']
  const { status, stdout, stderr } = use(names)
  const expected = { status: 0, stdout: names.map((name) => `used ${name}\n`).join(''), stderr: '' }
  assert.deepEqual({ status, stdout, stderr }, expected)
})

test('a package that does not work ends the process with its traceback', () => {
  const { status, stdout, stderr } = use(['zlib', 'unheard-of'])
  assert.deepEqual({ status, stdout }, { status: 1, stdout: 'used zlib\n' })
  assert.match(stderr, /^Traceback[^]*KeyError: 'unheard-of'\n+$/)
})

test('the fixtures use some forty packages, and import none of them to say so', (t) => {
  const code = `import json, sys, uses_packages
names = list(uses_packages.packages())
print(json.dumps([names, [name for name in names if name in sys.modules and name not in sys.stdlib_module_names]]))`
  const python = openApp(t, 'hello', { docroot: path.join(fixtures, '..', 'apps') }).runtime.executable
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const [names, imported] = JSON.parse(execFileSync(python, ['-c', code], { cwd: fixtures, encoding: 'utf8', env }))
  assert.ok(names.length >= 40)
  assert.deepEqual(imported, [])
})

test('the table has a row for each package and names failures and missing packages', () => {
  const good = { isGood: true, problem: '' }
  const bad = { isGood: false, problem: 'signal SIGSEGV: nothing was said' }
  const rows = [{ name: 'one', version: '1.0', outcomes: [good, good] }, {
    name: 'other',
    version: '2.0',
    outcomes: [good, bad],
  }]
  assert.deepEqual(table(['as a program', 'Node 20.0.0'], rows, ['third']), [
    '|  | as a program | Node 20.0.0 |',
    '| --- | --- | --- |',
    '| one 1.0 | ✓ | ✓ |',
    '| other 2.0 | ✓ | **✗** |',
    '',
    'What failed:',
    '',
    '- other, Node 20.0.0: signal SIGSEGV: nothing was said',
    '',
    'Not installed: third.',
  ])
})
