'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { docroot, openApp } = require('./support')
const { whyNot } = require('./free-threaded/support')

const hasGIL = whyNot() !== false
const skip = !hasGIL && 'this Python has no GIL'

/** The outcome of making a handler in a process of its own: its error code and message, or its runtime. */
function make(options, env = {}) {
  const code = `
    const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..'))})
    try {
      const { runtime } = new PythonHandler('hello:app', ${JSON.stringify({ docroot, ...options })})
      console.log(JSON.stringify({ loops: runtime.loops, gil: runtime.gil }))
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }))
    }`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
    env: { ...process.env, PYTHON_NODE_LOOPS: '', ...env },
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

test('with a GIL several loops are refused, with advice to use workers', { skip }, () => {
  for (const [options, env] of [[{ loops: 2 }], [{}, { PYTHON_NODE_LOOPS: '2' }]]) {
    const { code, message } = make({ thread: 'own', ...options }, env)
    assert.equal(code, 'ERR_ASGI_GIL')
    assert.match(message, /^Option 'loops' is 2, but this Python has a GIL.*serve --workers/)
  }
})

test('a handler has the number of loops, and whether Python has a GIL', (t) => {
  const { gil, loops } = openApp(t, 'hello', { loops: 1 }).runtime
  assert.deepEqual([gil, loops], [hasGIL, 1])
  assert.deepEqual(make({ thread: 'own' }, { PYTHON_NODE_LOOPS: '1' }), { loops: 1, gil: hasGIL })
  assert.equal('loops' in openApp(t, 'hello').stats(), false)
})

test('after a refusal the process goes on with one loop', { skip }, (t) => {
  const handler = openApp(t, 'hello')
  assert.throws(() => openApp(t, 'hello', { loops: 3 }), { code: 'ERR_ASGI_GIL' })
  assert.equal(handler.runtime.loops, 1)
})

test("JavaScript's thread takes one loop", () => {
  const { code, message } = make({ thread: 'node', loops: 2 })
  assert.equal(code, 'ERR_ASGI_INVALID_OPTION')
  assert.match(message, /thread 'node' has one event loop/)
  // A default for handlers without the option does not apply to these.
  assert.deepEqual(make({ thread: 'node' }, { PYTHON_NODE_LOOPS: '2' }), { loops: 1, gil: hasGIL })
})

test('invalid numbers of loops and scopes of lifespans are refused', () => {
  for (const loops of [-1, 1.5, '2', null, 1025, Number.NaN]) {
    assert.throws(() => new PythonHandler('hello:app', { docroot, loops }), {
      code: 'ERR_ASGI_INVALID_OPTION',
      message: /^Invalid option 'loops'/,
    }, String(loops))
  }
  assert.throws(() => new PythonHandler('hello:app', { docroot, lifespanScope: 'thread' }), {
    code: 'ERR_ASGI_INVALID_OPTION',
  })
  for (const value of ['x', '-1', '1.5', '99999']) {
    const { code, message } = make({ thread: 'own' }, { PYTHON_NODE_LOOPS: value })
    assert.equal(code, 'ERR_ASGI_INVALID_OPTION', value)
    assert.match(message, /PYTHON_NODE_LOOPS/)
  }
})
