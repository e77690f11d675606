'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { Python, PythonHandler, Request } = require('..')
const { PythonHandler: AddonHandler } = require('../python-node.node')
const { docroot, makeFolder, openApp, temporaryFolder } = require('./support')

/** A module whose app answers with that Python expression, computed for each request. */
const answering = (expression, before = '') =>
  `${before}
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = str(${expression}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
`

const textOf = async (handler, url = '/') => (await handler.handleRequest({ url })).body.toString()

/** Makes a handler, closed after the test. */
function open(t, ...args) {
  const handler = new PythonHandler(...args)
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

test('all handlers of a process share one event loop and one interpreter', async (t) => {
  const identity = '[id(asyncio.get_running_loop()), id(sys.modules), threading.get_ident()]'
  const source = answering(identity, 'import asyncio, sys, threading')
  const handlers = [1, 2, 3].map(() => open(t, { docroot: makeFolder(t, { 'main.py': source }) }))
  const [first, ...others] = await Promise.all(handlers.map((handler) => textOf(handler)))
  for (const other of others) assert.equal(other, first)
  await handlers[0].close()
  assert.equal(await textOf(handlers[1]), first)
})

test('modules of one name in several docroots do not see each other', async (t) => {
  const files = (name) => ({
    'main.py': answering('helper.NAME + " " + package.inner.NAME', 'import helper\nimport package.inner'),
    'helper.py': `NAME = "helper of ${name}"\n`,
    'package/__init__.py': '',
    'package/inner.py': `from . import other\nNAME = "inner of " + other.NAME\n`,
    'package/other.py': `NAME = "${name}"\n`,
  })
  const names = ['a', 'b', 'c']
  const handlers = names.map((name) => open(t, 'main:app', { docroot: makeFolder(t, files(name)) }))
  for (let round = 0; round < 2; round++) {
    const texts = await Promise.all(handlers.map((handler) => textOf(handler)))
    assert.deepEqual(texts, names.map((name) => `helper of ${name} inner of ${name}`))
  }
})

const LAZY = {
  import: ['lazy_name()', 'def lazy_name():\n    import lazy\n    return lazy.NAME'],
  'from … import': ['lazy_name()', 'def lazy_name():\n    from lazy import NAME\n    return NAME'],
  'importlib.import_module': ['importlib.import_module("lazy").NAME', 'import importlib'],
  __import__: ['__import__("lazy").NAME', ''],
  'an import in a thread': [
    'await asyncio.get_running_loop().run_in_executor(None, lazy_name)',
    'import asyncio\ndef lazy_name():\n    import lazy\n    return lazy.NAME',
  ],
  'a helper that imports': ['helper.lazy_name()', 'import helper'],
}

for (const [way, [expression, before]] of Object.entries(LAZY)) {
  test(`a module imported inside a request comes from the app's own docroot: ${way}`, async (t) => {
    const files = (name) => ({
      'main.py': answering(expression, before),
      'helper.py': 'def lazy_name():\n    import lazy\n    return lazy.NAME\n',
      'lazy.py': `NAME = "lazy of ${name}"\n`,
    })
    const handlers = ['a', 'b'].map((name) => open(t, 'main:app', { docroot: makeFolder(t, files(name)) }))
    // The handler that was loaded first is used last, when Python has just used the modules of the other one.
    for (const [index, name] of [[1, 'b'], [0, 'a'], [1, 'b'], [0, 'a']]) {
      assert.equal(await textOf(handlers[index]), `lazy of ${name}`)
    }
  })
}

test('two handlers of one module in one docroot share it', async (t) => {
  const folder = makeFolder(t, {
    'main.py': answering('next(numbers)', 'import itertools\nnumbers = itertools.count()'),
  })
  const handlers = [1, 2].map(() => open(t, 'main:app', { docroot: folder }))
  assert.deepEqual([await textOf(handlers[0]), await textOf(handlers[1]), await textOf(handlers[0])], ['0', '1', '2'])
})

test('a target may be a module of a package, a file, and an attribute of an attribute', async (t) => {
  const folder = makeFolder(t, {
    // Other tests of this process have one of that name.
    'main.py': answering('"main " + __name__.split(".")[-1]'),
    'pkg/__init__.py': '',
    'pkg/module.py': `${answering('"module " + __name__ + " " + sibling.NAME', 'from . import sibling')}
class Holder:
    class inner:
        application = staticmethod(app)
`,
    'pkg/sibling.py': 'NAME = "sibling"\n',
    'pkg/sub/__init__.py': answering('"sub " + __name__'),
    'odd-name.py': answering('"odd"'),
  })
  const forms = [
    [['main:app', { docroot: folder }], 'main main'],
    [['main', 'app', { docroot: folder }], 'main main'],
    [['main.py', 'app', { docroot: folder }], 'main main'],
    [['main.py:app', { docroot: folder }], 'main main'],
    [[{ file: 'main', function: 'app' }, { docroot: folder }], 'main main'],
    [[{ docroot: folder }], 'main main'],
    [[{ docroot: folder, appTarget: 'pkg.module:app' }], 'module pkg.module sibling'],
    [['pkg.module:Holder.inner.application', { docroot: folder }], 'module pkg.module sibling'],
    [['pkg/module.py:app', { docroot: folder }], 'module pkg.module sibling'],
    [['pkg.sub:app', { docroot: folder }], 'sub pkg.sub'],
    [['odd-name.py', 'app', { docroot: folder }], 'odd'],
    [[path.join(folder, 'main.py'), 'app'], 'main main'],
    [['main:app', { docroot: path.relative(process.cwd(), folder) }], 'main main'],
  ]
  for (const [args, text] of forms) assert.equal(await textOf(open(t, ...args)), text, JSON.stringify(args))
  const python = new Python({ docroot: folder, appTarget: 'main:app' })
  t.after(() => python.close())
  assert.equal(python.docroot, folder)
  assert.equal(await textOf(python), 'main main')
})

test('a factory is called once, without arguments, when the handler is made', async (t) => {
  const source = `${answering('len(calls)', 'calls = []')}
def create_app(*arguments, **named):
    calls.append((arguments, named))
    assert not arguments and not named
    return app
`
  const handler = open(t, 'main:create_app', { docroot: makeFolder(t, { 'main.py': source }), factory: true })
  assert.equal(await textOf(handler), '1')
  assert.equal(await textOf(handler), '1')
})

test('handleRequestSync answers while other requests are in flight, and they go on', async (t) => {
  const handler = openApp(t, 'gated')
  const echo = openApp(t, 'echo_stream')
  const pending = ['a', 'b', 'c'].map((key) => handler.handleRequest({ url: `/hold/sync-${key}` }))
  const upload = new Request({ method: 'POST', url: '/' })
  const response = await echo.handleStream(upload)
  await upload.write('before')
  for (let round = 0; round < 2; round++) {
    for (const key of ['a', 'b', 'c']) {
      assert.equal(handler.handleRequestSync({ url: `/go/sync-${key}` }).status, 200)
      const same = echo.handleRequestSync({ method: 'POST', url: '/', body: Buffer.alloc(200000, key) })
      assert.ok(same.body.equals(Buffer.alloc(200000, key)))
    }
  }
  for (const { body } of await Promise.all(pending)) assert.equal(body.toString(), 'firstsecond')
  assert.equal((await response.next()).toString(), 'before')
  await upload.end()
  assert.equal(await response.next(), null)
})

test('handleRequestSync throws what handleRequest rejects with', (t) => {
  const handler = openApp(t, 'raises')
  const python = (text) => ({ code: 'ERR_ASGI_PYTHON', message: `Python error: ValueError: ${text}` })
  assert.throws(() => handler.handleRequestSync({ url: '/before' }), python('not today'))
  assert.throws(() => handler.handleRequestSync({ url: '/after' }), python('too late'))
  assert.throws(() => handler.handleRequestSync({ url: '/silent' }), { code: 'ERR_ASGI_NO_RESPONSE' })
  assert.throws(() => handler.handleRequestSync({ url: '/short' }), { code: 'ERR_ASGI_INCOMPLETE_RESPONSE' })
})

test('responseTimeout ends requests without a response, and notifies the app', async (t) => {
  const handler = openApp(t, 'notice_disconnect', { responseTimeout: 50 })
  const expected = {
    code: 'ERR_ASGI_NO_RESPONSE',
    message: 'No response sent within 50 ms, the option responseTimeout',
  }
  await assert.rejects(handler.handleRequest({ url: '/wait/timeout' }), expected)
  assert.equal(await textOf(handler, '/seen/timeout'), 'http.disconnect')
  assert.throws(() => handler.handleRequestSync({ url: '/wait/timeout-sync' }), expected)
  assert.equal(await textOf(handler, '/seen/timeout-sync'), 'http.disconnect')
  // What has begun may take its time.
  const response = await handler.handleStream({ url: '/stream/begun' })
  await response.next()
  await assert.rejects(handler.handleRequest({ url: '/wait/timeout-2' }), expected)
  response.destroy()
  assert.equal(await textOf(handler, '/seen/begun'), 'http.disconnect')
  assert.equal(handler.stats().inFlight, 0)
})

test('10,000 requests that each wait a second are all answered', async (t) => {
  const handler = openApp(t, 'sleep')
  const pending = Array.from({ length: 10000 }, () => handler.handleRequest({ url: '/' }))
  assert.equal(handler.stats().inFlight, 10000)
  for (const { status, body } of await Promise.all(pending)) {
    assert.equal(status, 200)
    assert.equal(body.toString(), 'awake')
  }
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(handler.docroot, docroot)
})

test('nested namespace packages are found in a folder that is not the only one', async (t) => {
  const inner = makeFolder(t, {
    'main.py': answering('TEXT', 'from inner.most.part import TEXT\n'),
    'inner/most/part.py': "TEXT = 'from the inside'\n",
  })
  const other = makeFolder(t, { 'main.py': answering("'other'") })
  openApp(t, 'hello')
  for (const [folder, text] of [[other, 'other'], [inner, 'from the inside'], [other, 'other']]) {
    const handler = new PythonHandler('main:app', { docroot: folder })
    t.after(() => handler.close({ timeout: 0 }))
    assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), text)
  }
})

test('after a start that failed, another handler can start the event loop', () => {
  const file = path.join(__dirname, 'fixtures', 'start-again.js')
  const { stdout, stderr, signal } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30000 })
  assert.deepEqual({ stdout, stderr, signal }, {
    stdout:
      "ERR_ASGI_INTERPRETER Python could not be started: ModuleNotFoundError: No module named 'no_such_module'\n" +
      'Hello, World!\n',
    stderr: '',
    signal: null,
  })
})

test('a second copy of the addon reports that Python is in use, and the first one is not disturbed', (t) => {
  const folder = temporaryFolder(t)
  const copy = path.join(folder, 'copy.node')
  fs.copyFileSync(path.join(__dirname, '..', 'python-node.node'), copy)
  const file = path.join(__dirname, 'fixtures', 'load-copy.js')
  const { stdout, signal } = spawnSync(process.execPath, [file, copy], { encoding: 'utf8', timeout: 30000 })
  assert.equal(signal, null)
  const [error, status] = stdout.trim().split('\n').map((line) => JSON.parse(line))
  assert.equal(error.code, 'ERR_ASGI_INTERPRETER')
  assert.match(error.message, /^another addon, or another copy of this one, runs Python in this process already/)
  assert.equal(status, 200)
})

test('a synchronous request inside of a callback of another answer disturbs neither', async (t) => {
  const core = new AddonHandler('echo_stream:app', { docroot })
  t.after(() => core.close({ timeout: 0 }))
  const texts = Array.from({ length: 20 }, (_, index) => `number ${index};`)
  const inner = []
  const outer = await Promise.all(texts.map((text) =>
    new Promise((resolve, reject) => {
      let whole = ''
      core.handleStream({ method: 'POST', url: '/', body: Buffer.from(text) }, {
        onData(chunk) {
          whole += chunk
          inner.push(
            core.handleRequestSync({ method: 'POST', url: '/', body: Buffer.from(`in ${text}`) }).body.toString(),
          )
        },
        onEnd: () => resolve(whole),
        onError: reject,
      }).catch(reject)
    })
  ))
  assert.deepEqual(outer, texts)
  assert.deepEqual(inner.sort(), texts.map((text) => `in ${text}`).sort())
})
