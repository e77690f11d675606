'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { EnvFile } = require('../../js/serve/env-file')
const { parseEnv } = require('../../js/serve/env-syntax')
const { makeFolder, send, temporaryFolder } = require('../support')
const { apps, run, serve } = require('./support')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')
const python = path.join(__dirname, '..', '..', '.venv', 'bin', 'python')

/** The environment that `${NAME}` is looked up in. */
const ENV = { HOME: '/home/ada', EMPTY: '' }

/** Texts of files, and the values that python-dotenv reads. */
const TABLE = [
  ['', {}],
  ['A=1', { A: '1' }],
  ['A=1\r\nB=2\rC=3\n', { A: '1', B: '2', C: '3' }],
  ['# a comment\n\n  # another\nA=1', { A: '1' }],
  ['  A  =  around  \n', { A: 'around' }],
  ['export A=1\nexport\tB=2\nexport C', { A: '1', B: '2' }],
  ['exported=1', { exported: '1' }],
  ['A=\nB= \nC', { A: '', B: '' }],
  ['A=1\nA=2', { A: '2' }],
  ["'A'=1\n'two words'=2", { 'A': '1', 'two words': '2' }],
  ['A.b-c:d=1', { 'A.b-c:d': '1' }],
  ['A=a=b', { A: 'a=b' }],
  // Comments.
  ['A=un#hash', { A: 'un#hash' }],
  ['A=un #hash', { A: 'un' }],
  ['A=un\t# hash # again', { A: 'un' }],
  ['A=#hash', { A: '#hash' }],
  ['A= # comment', { A: '' }],
  ['A="a # b" # comment', { A: 'a # b' }],
  ["A='a # b'# comment", { A: 'a # b' }],
  ['A#=1\nB=2', { B: '2' }],
  // Quotes and backslashes.
  ["A='it\\'s'", { A: "it's" }],
  ['A="say \\"hi\\""', { A: 'say "hi"' }],
  ["A='\\\\'\nB='\\n \\\\ \\x'", { A: '\\', B: '\\n \\ \\x' }],
  ['A="C:\\\\"\nB=2', { A: 'C:\\', B: '2' }],
  ['A="\\a\\b\\f\\n\\r\\t\\v\\\'\\z\\u00e9"', { A: "\x07\b\f\n\r\t\v'\\z\\u00e9" }],
  ['A=it\'s "here"', { A: 'it\'s "here"' }],
  ['A=\\n\\"', { A: '\\n\\"' }],
  ['A=`a`', { A: '`a`' }],
  ['A="one\ntwo"\nB=\'three\r\nfour\'', { A: 'one\ntwo', B: 'three\nfour' }],
  ['A=""\nB=\'\'', { A: '', B: '' }],
  // What cannot be read is left out, and what comes after it is not.
  ['A="open\nB=2', { B: '2' }],
  ["A='open\\'\nB=2", { B: '2' }],
  ['A="open\nB="2"\nC=3', { C: '3' }],
  ['A="1" 2\nB=2', { B: '2' }],
  ['=1\nB=2', { B: '2' }],
  ['two words\nB=2', { B: '2' }],
  ["'open=1\nB=2", { B: '2' }],
  // Variables.
  ['A=1\nB=${A}2\nC="${A}"\nD=\'${A}\'', { A: '1', B: '12', C: '1', D: '1' }],
  ['A=${HOME}/x', { A: '/home/ada/x' }],
  ['HOME=/root\nA=${HOME}', { HOME: '/root', A: '/home/ada' }],
  ['A=${LATER}\nLATER=1', { A: '', LATER: '1' }],
  ['A=${NONE:-else}${NONE:-}${NONE-x}', { A: 'else' }],
  ['A=${EMPTY:-else}', { A: '' }],
  ['A\nB=${A:-else}', { B: '' }],
  ['A=$HOME $ {HOME} ${HOME', { A: '$HOME $ {HOME} ${HOME' }],
  ['A="\\${HOME}"', { A: '\\/home/ada' }],
  ['A=ä\nÜ=1', { 'A': 'ä', 'Ü': '1' }],
]

for (const [text, values] of TABLE) {
  test(`an environment file is read as python-dotenv reads it: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseEnv(text, ENV).values, values)
  })
}

/** Reads files with the library that uvicorn uses. Each line of stdout has the values of one file. */
const READ_ALL = `
import json, logging, os, sys
import dotenv
logging.disable(logging.CRITICAL)
os.environ.clear()
os.environ.update(json.loads(sys.argv[1]))
for file in sys.argv[2:]:
    values = dotenv.main.DotEnv(file, interpolate=True, override=False, encoding="utf-8").dict()
    print(json.dumps({name: value for name, value in values.items() if value is not None}))
`

function hasDotenv() {
  return spawnSync(python, ['-c', 'import dotenv']).status === 0
}

test('the table has the results of python-dotenv', { skip: !hasDotenv() }, (t) => {
  const folder = temporaryFolder(t)
  const files = TABLE.map(([text], at) => {
    const file = path.join(folder, `${at}.env`)
    fs.writeFileSync(file, text)
    return file
  })
  const output = execFileSync(python, ['-c', READ_ALL, JSON.stringify(ENV), ...files], { encoding: 'utf8' })
  const lines = output.trimEnd().split('\n')
  for (const [at, [text, values]] of TABLE.entries()) {
    assert.deepEqual(JSON.parse(lines[at]), values, JSON.stringify(text))
  }
})

test('the mark at the beginning of a file of Windows is no part of a name', () => {
  assert.deepEqual(parseEnv('\ufeffA=1', {}).values, { A: '1' })
})

test('a name that objects have of themselves is one like others', () => {
  assert.deepEqual(Object.entries(parseEnv('__proto__=1\nA=${__proto__}${constructor}', {}).values), [
    ['__proto__', '1'],
    ['A', '1'],
  ])
})

test('variables that are set stay as they are, and lines that set nothing are named', (t) => {
  const folder = makeFolder(t, {
    'one.env': 'A=1\nB=2\nC="open\nD=${B}\n',
    'many.env': `A=1\n${'no line\n'.repeat(7)}`,
  })
  const env = { B: 'was set' }
  const file = path.join(folder, 'one.env')
  assert.equal(new EnvFile(file, env).load(), `--env-file: line 3 of ${file} is not KEY=value and is ignored`)
  assert.deepEqual(env, { A: '1', B: 'was set', D: 'was set' })
  assert.match(
    new EnvFile(path.join(folder, 'many.env'), {}).load(),
    /: lines 2, 3, 4, 5, 6 and 2 more of .* are ignored$/,
  )
})

test('a file that is read again replaces its earlier variables', (t) => {
  const folder = makeFolder(t, { '.env': 'A=1\nB=2\nC=${A}\n' })
  const file = path.join(folder, '.env')
  const env = { B: 'was set' }
  const envFile = new EnvFile(file, env)
  assert.equal(envFile.load(), null)
  assert.deepEqual(env, { A: '1', B: 'was set', C: '1' })
  fs.writeFileSync(file, 'A=2\nD=${A}\n')
  envFile.load()
  assert.deepEqual(env, { A: '2', B: 'was set', D: '2' })
  fs.rmSync(file)
  assert.throws(() => envFile.load(), { name: 'ServeFailure', exitCode: 2 })
  assert.deepEqual(env, { A: '2', B: 'was set', D: '2' }, 'nothing has changed')
  assert.ok(envFile.is(path.relative('', file)))
})

test('the command warns of lines that it leaves out, and serves', async (t) => {
  const folder = makeFolder(t, { '.env': '\ufeffFIRST=un#hash\nSECOND="open\nTHIRD=${FIRST}!\n' })
  const { port, output } = await serve(t, 'tells_environment:app', ['--env-file', path.join(folder, '.env')])
  for (const [name, value] of [['FIRST', 'un#hash'], ['SECOND', '(not set)'], ['THIRD', 'un#hash!']]) {
    assert.equal((await send({ port, path: `/${name}` })).body.toString(), value)
  }
  assert.match(output.stderr, /^WARNING: {2}--env-file: line 2 of .*\.env is not KEY=value and is ignored\n$/)
})

test('a missing environment file is reported by the command, not by Node', (t) => {
  const absent = path.join(temporaryFolder(t), 'absent.env')
  // Node takes the option for its own where the program is not run as such.
  for (const args of [['--env-file', absent], [`--env-file=${absent}`]]) {
    const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` }
    const { status, stderr } = spawnSync(program, ['serve', ...args], { env, encoding: 'utf8' })
    assert.deepEqual([status, stderr], [2, `python-node: --env-file: there is no file ${absent}\n`])
  }
})

test('an environment file that a variable names and is absent is reported in one line', async (t) => {
  const absent = path.join(temporaryFolder(t), 'absent.env')
  const { ended } = run(t, ['serve', '--app-dir', apps], { env: { PYTHON_NODE_ENV_FILE: absent } })
  const { code, stderr } = await ended
  assert.deepEqual([code, stderr], [2, `python-node: --env-file: there is no file ${absent}\n`])
})
