'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { kwargs } = require('../..')
const { makeFolder, openApp } = require('../support')
const { openModel } = require('./support')

test('a Python function is called with values by position and by name', async (t) => {
  const { python } = openModel(t)
  const predict = python.function('model:predict')
  const labels = [{ label: 'cat', score: 0.75 }, { label: 'dog', score: 0.25 }]
  assert.deepEqual(await predict(Buffer.alloc(10)), { type: 'bytes', size: 10, labels: labels.slice(0, 1) })
  assert.deepEqual(await predict(Buffer.alloc(3), kwargs({ top: 2 })), { type: 'bytes', size: 3, labels })
})

test('a last object without kwargs() is a dict like any other', async (t) => {
  const { python } = openModel(t)
  const echo = python.function('model:echo')
  assert.deepEqual(await echo(), [[], {}])
  assert.deepEqual(await echo(1, { top: 3 }), [[1, { top: 3 }], {}])
  assert.deepEqual(await echo(1, kwargs({ top: 3, left: undefined })), [[1], { top: 3 }])
  assert.deepEqual(await echo(undefined, null), [[null, null], {}])
  assert.equal(await python.function('model:nothing')(), null)
})

test('values arrive and come back as with connect', async (t) => {
  const { python } = openModel(t)
  const values = ['grüße', 5, 0.5, 2n ** 70n, true, null, Buffer.from([0, 255]), [1, [2]], { a: { b: [] } }, Infinity]
  const [args] = await python.function('model:echo')(...values)
  assert.deepEqual(args, values)
})

test('async def runs on the loop, def in a thread without one, and inline on the loop', async (t) => {
  const { python } = openModel(t)
  const onLoop = await python.function('model:where_async')()
  const inThread = await python.function('model:where')()
  assert.equal(onLoop[1], true)
  assert.equal(inThread[1], false)
  assert.notEqual(inThread[0], onLoop[0])
  assert.deepEqual(await python.function('model:where', { inline: true })(), onLoop)
  assert.deepEqual(await python.function('model:where').with({ inline: true })(), onLoop)
  assert.deepEqual(await python.function('model:returns_coroutine')(), onLoop)
})

test('methods, callable objects and files are found as apps are', async (t) => {
  const { python } = openModel(t)
  assert.equal(await python.function('model:model.scaled')(4), 12)
  assert.equal(await python.function('model.py:model')(4), 5)
  assert.equal(await python.function({ file: 'model', function: 'model' })(5), 6)
})

test('while a def waits in its thread, other calls are answered', async (t) => {
  const { python } = openModel(t)
  const late = python.function('model:waits_in_thread')()
  await python.function('model:until_entered')()
  await python.function('model:open_gate')()
  assert.equal(await late, 'late')
})

test('an exception of a function is an ERR_ASGI_PYTHON with its type and the frames of the function alone', async (t) => {
  const { python } = openModel(t)
  const cases = [
    ['raises', {}, 'ValueError'],
    ['raises', { inline: true }, 'ValueError'],
    ['raises_later', {}, 'LookupError'],
  ]
  for (const [name, options, pythonType] of cases) {
    await assert.rejects(python.function(`model:${name}`, options)('no'), (error) => {
      assert.equal(error.code, 'ERR_ASGI_PYTHON')
      assert.equal(error.message, `Python error: ${pythonType}: no`)
      assert.equal(error.pythonType, pythonType)
      assert.match(error.pythonTraceback, new RegExp(`model\\.py", line \\d+, in ${name}\\n`))
      assert.doesNotMatch(error.pythonTraceback, /python-node|concurrent/)
      return true
    })
  }
})

test('a StopIteration ends the call, wherever it was raised', async (t) => {
  const { python } = openModel(t)
  for (const inline of [false, true]) {
    const call = python.function('model:stops', { inline })()
    await assert.rejects(call, { code: 'ERR_ASGI_PYTHON', pythonType: 'RuntimeError' })
  }
})

test('arguments that do not fit and results that are no values are a TypeError', async (t) => {
  const { python } = openModel(t)
  const expected = { code: 'ERR_ASGI_PYTHON', pythonType: 'TypeError' }
  await assert.rejects(python.function('model:predict')(), expected)
  await assert.rejects(python.function('model:predict')(Buffer.alloc(1), kwargs({ bottom: 1 })), expected)
  await assert.rejects(python.function('model:gives_object')(), { ...expected, message: /got 'Model'/ })
})

test('arguments of unsupported types reject', async (t) => {
  const { python } = openModel(t)
  const echo = python.function('model:echo')
  for (const value of [() => 1, Symbol('a'), new Map(), [kwargs({})]]) {
    await assert.rejects(echo(value), { code: 'ERR_ASGI_INVALID_EVENT' })
  }
  await assert.rejects(echo(kwargs({}), 1), { code: 'ERR_ASGI_INVALID_EVENT' })
  for (const value of [undefined, null, 1, 'a', []]) {
    assert.throws(() => kwargs(value), { code: 'ERR_ASGI_INVALID_INPUT' })
  }
})

test('an invalid target or option throws at once', (t) => {
  const { python } = openModel(t)
  assert.throws(() => python.function('predict'), { code: 'ERR_ASGI_INVALID_TARGET' })
  assert.throws(() => python.function(), { code: 'ERR_ASGI_INVALID_INPUT' })
  assert.throws(() => python.function('model:predict', 1), { code: 'ERR_ASGI_INVALID_OPTION' })
  assert.throws(() => python.function('model:predict', { inline: 1 }), { code: 'ERR_ASGI_INVALID_OPTION' })
  assert.throws(() => python.function('model:predict').with({ signal: 1 }), { code: 'ERR_ASGI_INVALID_OPTION' })
})

test('each call rejects with why there is no such function, until there is one', async (t) => {
  const { python } = openModel(t)
  await assert.rejects(python.function('model:missing')(), {
    code: 'ERR_ASGI_ENTRY_NOT_FOUND',
    message: "Entry point not found: model:missing (module 'model' has no attribute 'missing')",
  })
  await assert.rejects(python.function('no_module:f')(), { code: 'ERR_ASGI_ENTRY_NOT_FOUND' })
  await assert.rejects(python.function('model:constant')(), {
    code: 'ERR_ASGI_NOT_CALLABLE',
    message: 'model:constant is not a function: int is not callable',
  })
})

test('a module that cannot be imported is imported again by the next call', async (t) => {
  const folder = makeFolder(t, {
    'main.py': 'async def app(scope, receive, send):\n    raise NotImplementedError\n',
    'fails_once.py': [
      'import sys',
      'sys.failures = getattr(sys, "failures", 0) + 1',
      'if sys.failures == 1:',
      '    raise OSError("not yet")',
      'def answer():',
      '    return 42',
    ].join('\n'),
  })
  const python = openApp(t, 'main', { docroot: folder })
  const answer = python.function('fails_once:answer')
  await assert.rejects(answer(), { code: 'ERR_ASGI_PYTHON', message: 'Python error: OSError: not yet' })
  assert.equal(await answer(), 42)
})

test('a function imports from the docroot of its handler, also in its thread', async (t) => {
  const app = 'async def app(scope, receive, send):\n    raise NotImplementedError\n'
  const calls =
    'def answer():\n    import twin\n    return twin.NAME\n\ndef names():\n    import twin\n    yield twin.NAME\n'
  const folders = ['one', 'two'].map((name) =>
    makeFolder(t, { 'main.py': app, 'calls.py': calls, 'twin.py': `NAME = "${name}"\n` })
  )
  for (const [index, docroot] of folders.entries()) {
    const python = openApp(t, 'main', { docroot })
    const expected = ['one', 'two'][index]
    assert.equal(await python.function('calls:answer')(), expected)
    assert.equal(await python.function('calls:answer', { inline: true })(), expected)
    for await (const name of python.function('calls:names')()) assert.equal(name, expected)
  }
})

test('a function without code of its docroot’s imports from the docroot, too', async (t) => {
  const app = 'async def app(scope, receive, send):\n    raise NotImplementedError\n'
  const called = `from functools import partial\nname = partial(eval, "__import__('twice').NAME", {})\n`
  const folders = ['one', 'two'].map((name) =>
    makeFolder(t, { 'main.py': app, 'called.py': called, 'twice.py': `NAME = "${name}"\n` })
  )
  for (const [index, docroot] of folders.entries()) {
    const name = openApp(t, 'main', { docroot }).function('called:name')
    for (const inline of [true, false]) assert.equal(await name.with({ inline })(), ['one', 'two'][index])
  }
})

test('a scope of that type that a program makes itself is the app’s', async (t) => {
  const { python } = openModel(t)
  const connection = python.connect({ type: 'python_node.call', file: 'model', attribute: 'nothing' })
  await assert.rejects(connection.receive(), { pythonType: 'NotImplementedError' })
})

test('after close() a call rejects', async (t) => {
  const { python } = openModel(t)
  const echo = python.function('model:echo')
  await python.close()
  await assert.rejects(echo(), { code: 'ERR_ASGI_CLOSED' })
})
