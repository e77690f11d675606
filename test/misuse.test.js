'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler, Request } = require('..')
const { docroot, makeFolder, openApp } = require('./support')

const HELLO = { status: 200, body: 'Hello, World!' }

async function answers(handler, url = '/') {
  const { status, body } = await handler.handleRequest({ url })
  assert.deepEqual({ status, body: body.toString() }, HELLO)
}

/** Makes handlers with these options, one after the other, in a process of its own. */
function tryPython(attempts, environment = {}) {
  const env = { ...process.env, ...environment }
  const script = path.join(__dirname, 'fixtures', 'try-python.js')
  return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(attempts)], { encoding: 'utf8', env }))
}

/** Makes a program with that source. */
function makeProgram(t, text) {
  const file = path.join(makeFolder(t, { 'bin/python3': `#!/bin/sh\n${text}\n` }), 'bin', 'python3')
  fs.chmodSync(file, 0o755)
  return file
}

test('a Python that cannot be used is named, and another can be used then', (t) => {
  const noSharedLibrary = makeProgram(t, 'echo 3.11; echo /usr/bin/python3')
  const tooOld = makeProgram(t, 'echo 3.7; echo /usr/bin/python3; echo /lib/libpython3.7m.so')
  const cases = [
    ['/no/such/python3', /\/no\/such\/python3/],
    [__filename, /misuse\.test\.js/],
    [__dirname, /without bin\/python3/],
    ['/bin/true', /\/bin\/true/],
    ['/bin/false', /\/bin\/false/],
    [noSharedLibrary, /without a shared library\. Install/],
    [path.dirname(path.dirname(noSharedLibrary)), /without a shared library/],
    [tooOld, /Python 3\.7; 3\.8 or later is needed/],
  ]
  const outcomes = tryPython([...cases.map(([python]) => ({ python })), {}])
  assert.deepEqual(outcomes.pop(), HELLO)
  for (const [index, [python, message]] of cases.entries()) {
    assert.equal(outcomes[index].code, 'ERR_ASGI_INTERPRETER', JSON.stringify(outcomes[index]))
    assert.match(outcomes[index].message, message)
    assert.ok(outcomes[index].message.includes("option 'python'"), python)
  }
})

test('PYTHON_NODE_PYTHON and VIRTUAL_ENV are named when they lead nowhere', () => {
  for (const variable of ['PYTHON_NODE_PYTHON', 'VIRTUAL_ENV']) {
    const [outcome] = tryPython([{}], { [variable]: '/no/such/environment' })
    assert.equal(outcome.code, 'ERR_ASGI_INTERPRETER')
    assert.match(outcome.message, new RegExp(`^${variable} names /no/such/environment`))
  }
})

test('without any Python the error lists the places searched and the package to install', (t) => {
  const folder = makeFolder(t, { 'main.py': 'app = None' })
  const [outcome] = tryPython([{ docroot: folder }], { PATH: '/no/such/folder' })
  assert.equal(outcome.code, 'ERR_ASGI_INTERPRETER')
  for (const word of ['PYTHON_NODE_PYTHON', 'VIRTUAL_ENV', '.venv', 'PATH', 'Install']) {
    assert.ok(outcome.message.includes(word), outcome.message)
  }
})

test('a second Python in one process is refused, and the one that is loaded is named', (t) => {
  const other = makeProgram(t, 'echo 3.11; echo /other/python3; echo /other/libpython3.11.so')
  const [first, second, third] = tryPython([{}, { python: other }, {}])
  assert.deepEqual(first, HELLO)
  assert.equal(second.code, 'ERR_ASGI_INTERPRETER')
  assert.match(second.message, /\/other\/python3.*is loaded/)
  assert.deepEqual(third, HELLO)
})

test('a second event loop in one process is refused, and the one that runs is named', () => {
  const outcomes = tryPython([{ loop: 'asyncio' }, { loop: 'uvloop' }, { loop: 'asyncio' }, {}, { loop: 'x:y' }])
  assert.deepEqual([outcomes[0], outcomes[2], outcomes[3]], [HELLO, HELLO, HELLO])
  for (const index of [1, 4]) {
    assert.equal(outcomes[index].code, 'ERR_ASGI_INVALID_OPTION')
    assert.match(outcomes[index].message, /'asyncio'/)
  }
})

test('writing after the end rejects, and the response stands', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  const pending = handler.handleRequest(request)
  await request.write('abc')
  await request.end()
  const expected = {
    code: 'ERR_ASGI_WRITE_AFTER_END',
    message: 'Cannot write to request: it has already ended, call write() before end()',
  }
  await assert.rejects(request.write('late'), expected)
  await request.end()
  assert.equal((await pending).body.toString(), 'abc')
  const whole = new Request({ method: 'POST', url: '/', body: 'abc' })
  await assert.rejects(whole.write('x'), {
    code: 'ERR_ASGI_BODY_PROVIDED',
    message: 'Cannot write to request: body has already been provided to its constructor, leave it out there',
  })
  assert.equal((await handler.handleRequest(whole)).body.toString(), 'abc')
})

test('a streamed request cannot be handed over twice', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  await request.write('once')
  const first = handler.handleRequest(request)
  const message = 'Request has already been handed to a handler: make another one to send it again'
  const expected = { code: 'ERR_ASGI_REQUEST_USED', message }
  for (const method of ['handleRequest', 'handleStream']) await assert.rejects(handler[method](request), expected)
  assert.throws(() => handler.handleRequestSync(request), { code: /^ERR_ASGI_(REQUEST_USED|BODY_INCOMPLETE)$/ })
  await request.end()
  assert.equal((await first).body.toString(), 'once')
})

test('after close() every call is refused, and close() again is no error', async (t) => {
  const handler = openApp(t, 'hello')
  const other = openApp(t, 'hello')
  await answers(handler)
  await Promise.all([handler.close(), handler.close()])
  await handler.close({ timeout: 0 })
  const expected = { code: 'ERR_ASGI_CLOSED', message: 'Handler closed: make another one to go on' }
  await assert.rejects(handler.handleRequest({ url: '/' }), expected)
  await assert.rejects(handler.handleStream({ url: '/' }), expected)
  await assert.rejects(handler.fetch(new globalThis.Request('http://localhost/')), expected)
  assert.throws(() => handler.handleRequestSync({ url: '/' }), expected)
  assert.equal(handler.stats().inFlight, 0)
  await answers(other)
})

test('more requests than maxConcurrency are refused until one has ended', async (t) => {
  const handler = openApp(t, 'gated', { maxConcurrency: 2 })
  const witness = openApp(t, 'gated')
  const held = await Promise.all(['a', 'b'].map((key) => handler.handleStream({ url: `/hold/max-${key}` })))
  const message = 'Too many requests in flight: the option maxConcurrency is 2'
  const expected = { code: 'ERR_ASGI_TOO_MANY_REQUESTS', message }
  await assert.rejects(handler.handleRequest({ url: '/hold/max-c' }), expected)
  await assert.rejects(handler.handleStream({ url: '/hold/max-c' }), expected)
  assert.throws(() => handler.handleRequestSync({ url: '/hold/max-c' }), expected)
  assert.equal(handler.stats().inFlight, 2)
  for (let i = 0; i < 2; i++) await witness.handleRequest({ url: '/go/max-a' })
  while ((await held[0].next()) !== null);
  const third = await handler.handleStream({ url: '/hold/max-c' })
  // An aborted request frees its place, too.
  held[1].destroy()
  const fourth = await handler.handleStream({ url: '/hold/max-d' })
  await assert.rejects(handler.handleRequest({ url: '/hold/max-e' }), expected)
  third.destroy()
  fourth.destroy()
  assert.equal(handler.stats().inFlight, 0)
})

for (const name of ['SystemExit', 'KeyboardInterrupt', 'GeneratorExit', 'BaseException', 'StopIteration']) {
  test(`A15 an app that raises ${name} fails that request and no other`, () => {
    // In a process of its own, because a loop that has ended would block this one for ever.
    const script = path.join(__dirname, 'fixtures', 'raise-any.js')
    const options = { encoding: 'utf8', timeout: 20000 }
    const { stdout, stderr, signal } = spawnSync(process.execPath, [script, name], options)
    assert.equal(signal, null, stderr)
    const shown = name === 'StopIteration' ? 'RuntimeError' : name
    const raised = { code: 'ERR_ASGI_PYTHON', pythonType: shown }
    assert.deepEqual(JSON.parse(stdout), { now: raised, later: raised, behind: 200, go: 200, wait: 200 })
    // An exception after the response is logged.
    assert.match(stderr, new RegExp(`raises_any\\.py[^]*${shown}: `))
  })
}

test('a rewriter that throws refuses its request, and the next is answered', async (t) => {
  let throws = true
  const rewriter = {
    rewrite(request) {
      if (throws) throw new TypeError('no rewriting today')
      return request
    },
  }
  const handler = new PythonHandler('hello:app', { docroot, rewriter })
  t.after(() => handler.close())
  await assert.rejects(async () => handler.handleRequest({ url: '/' }), { message: 'no rewriting today' })
  await assert.rejects(async () => handler.handleStream({ url: '/' }), { message: 'no rewriting today' })
  throws = false
  await answers(handler)
})

test('a clock that a test has put in the place of Node’s does not hold requests', async (t) => {
  const handler = openApp(t, 'hello')
  await handler.ready()
  const { setImmediate, setTimeout } = globalThis
  const { nextTick } = process
  try {
    globalThis.setImmediate = globalThis.setTimeout = process.nextTick = () => ({ unref() {} })
    assert.equal((await handler.handleRequest({ url: '/' })).status, 200)
    assert.equal((await handler.handleRequest({ url: '/' })).status, 200)
  } finally {
    Object.assign(globalThis, { setImmediate, setTimeout })
    process.nextTick = nextTick
  }
})
