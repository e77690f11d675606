'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { makeFolder, openApp } = require('../support')
const { openModel } = require('./support')

for (const options of [{}, { inline: true }]) {
  test(`ready() imports the module and finds the function, and does not call it: ${JSON.stringify(options)}`, async (t) => {
    const { python, told } = openModel(t)
    const remember = python.function('model:remember', options)
    await told()
    assert.equal(await remember.ready(), undefined)
    assert.deepEqual(await told(), [])
    assert.equal(await remember(Buffer.alloc(3), 'called'), 3)
  })

  test(`ready() rejects with why there is no such function: ${JSON.stringify(options)}`, async (t) => {
    const { python } = openModel(t)
    const code = 'ERR_ASGI_ENTRY_NOT_FOUND'
    await assert.rejects(python.function('model:missing', options).ready(), { code })
    await assert.rejects(python.function('no_module:f', options).ready(), { code })
    await assert.rejects(python.function('model:constant', options).ready(), { code: 'ERR_ASGI_NOT_CALLABLE' })
  })
}

test("ready() rejects with the module's exception, and tries again", async (t) => {
  const folder = makeFolder(t, {
    'main.py': 'async def app(scope, receive, send):\n    raise NotImplementedError\n',
    'fails_first.py':
      'import sys\nsys.tries = getattr(sys, "tries", 0) + 1\nif sys.tries == 1:\n    raise OSError("not yet")\n' +
      'def answer():\n    return 42\n',
  })
  const answer = openApp(t, 'main', { docroot: folder }).function('fails_first:answer')
  await assert.rejects(answer.ready(), { code: 'ERR_ASGI_PYTHON', message: 'Python error: OSError: not yet' })
  await answer.ready()
  assert.equal(await answer(), 42)
})

test('ready() rejects with the reason of a signal, and after close()', async (t) => {
  const { python } = openModel(t)
  const remember = python.function('model:remember')
  await assert.rejects(remember.with({ signal: AbortSignal.abort(new Error('enough')) }).ready(), /enough/)
  await python.close()
  await assert.rejects(remember.ready(), { code: 'ERR_ASGI_CLOSED' })
})
