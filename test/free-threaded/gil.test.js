'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { docroot, makeFolder } = require('../support')
const { program, whyNot } = require('./support')

const skip = whyNot()

/** An extension as one for a Python with a GIL is: it says nothing about it. */
const EXTENSION = `
#include <Python.h>
static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, "needs_gil", NULL, 0, NULL };
PyMODINIT_FUNC PyInit_needs_gil(void) { return PyModuleDef_Init(&definition); }
`

/** Builds the extension; gives the folder that it is in. */
function build(t) {
  const folder = makeFolder(t, { 'needs_gil.c': EXTENSION })
  const question = "import sysconfig; print(sysconfig.get_path('include'))"
  const include = execFileSync(program(), ['-c', question], { encoding: 'utf8' }).trim()
  const files = [path.join(folder, 'needs_gil.c'), '-o', path.join(folder, 'needs_gil.so')]
  execFileSync('gcc', ['-shared', '-fPIC', `-I${include}`, ...files])
  return folder
}

/** Runs a script that has `make`, which makes a handler with two loops; gives what it prints as JSON. */
function run(t, script, env) {
  const code = `
    const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})
    const make = () => new PythonHandler('turns_gil_on:app', { docroot: ${JSON.stringify(docroot)}, loops: 2 })
    ;(async () => { ${script} })()`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: build(t), ...env },
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

test('an app that imports an extension which turns the GIL on is refused on several loops', { skip }, (t) => {
  const script = 'try { make() } catch ({ code, message }) { console.log(JSON.stringify([code, message])) }'
  const [code, message] = run(t, script, { IMPORTS_AT_ONCE: '1' })
  assert.equal(code, 'ERR_ASGI_GIL')
  assert.match(message, /the extension needs_gil has turned the GIL on.*serve --workers/)
})

test('an extension that turns the GIL on later is named in one warning, and the app goes on', { skip }, (t) => {
  const told = run(
    t,
    `
    const handler = make()
    const warnings = []
    handler.on('log', ({ logger, message }) => { if (logger === 'python_node') warnings.push(message) })
    const before = handler.runtime.gil
    for (let i = 0; i < 4; i++) await handler.handleRequest({ url: '/import' })
    const { gil } = await (await handler.handleRequest({ url: '/' })).json()
    await handler.close()
    console.log(JSON.stringify({ before, gil, after: handler.runtime.gil, warnings }))`,
    {},
  )
  const { warnings, ...gils } = told
  assert.deepEqual(gils, { before: false, gil: true, after: true })
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /^The extension needs_gil has turned the GIL on: the 2 event loops .*serve --workers/)
})
