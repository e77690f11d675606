'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { AsgiError, PythonHandler, Request } = require('..')
const { docroot, makeFolder, openApp } = require('./support')

const HELLO = { status: 200, body: 'Hello, World!' }

/** Checks what a constructor throws, and that another handler answers after it. */
async function refuses(t, make, expected) {
  const { handleRequest } = PythonHandler.prototype
  assert.equal(typeof handleRequest, 'function')
  assert.throws(make, (error) => {
    assert.ok(error instanceof AsgiError)
    assert.ok(error instanceof Error)
    for (const [key, value] of Object.entries(expected)) {
      if (value instanceof RegExp) assert.match(error[key], value)
      else assert.equal(error[key], value)
    }
    return true
  })
  await answers(openApp(t, 'hello'))
}

async function answers(handler) {
  const { status, body } = await handler.handleRequest({ url: '/' })
  assert.deepEqual({ status, body: body.toString() }, HELLO)
}

for (const target of ['main', '', 'a:b:c', ':app', 'main:', ':', { file: '', function: 'app' }]) {
  test(`a target that is not two parts is refused: ${JSON.stringify(target)}`, (t) => {
    const expected = { code: 'ERR_ASGI_INVALID_TARGET', message: /^Invalid format, expected "file:function", got "/ }
    return refuses(t, () => new PythonHandler(target, { docroot }), expected)
  })
}

for (const target of [5, null, true, [], ['main:app'], Symbol.iterator, () => 'main:app', { file: 'main' }]) {
  test(`a target that is neither a string nor an object is refused: ${String(target)}`, (t) => {
    const expected = {
      code: 'ERR_ASGI_INVALID_INPUT',
      message: /^Expected string or object input: "file:function" or \{ file, function \}, got /,
    }
    return refuses(t, () => new PythonHandler(target, { docroot }), expected)
  })
}

const ABSENT = [
  ['no_such_module:app', {}, /^Entry point not found: no_such_module /],
  ['no.such.module:app', {}, /^Entry point not found: no\.such\.module /],
  ['no_such_file.py:app', {}, /^Entry point not found: .*no_such_file\.py$/],
  ['hello:no_such_attribute', {}, /^Entry point not found: hello:no_such_attribute /],
  ['hello:app.no.such', {}, /^Entry point not found: hello:app\.no\.such /],
  ['hello:app', { docroot: '/no/such/folder' }, /^Entry point not found: .*\/no\/such\/folder/],
  ['hello:app', { docroot: 'no/such/folder' }, /^Entry point not found: .*no\/such\/folder/],
]

for (const [target, options, message] of ABSENT) {
  test(`an entry point that is not there is named: ${target} ${JSON.stringify(options)}`, (t) => {
    const make = () => new PythonHandler(target, { docroot, ...options })
    return refuses(t, make, { code: 'ERR_ASGI_ENTRY_NOT_FOUND', message })
  })
}

const BROKEN = {
  'a syntax error': ['def app(scope:\n', 'SyntaxError', /^Python error: SyntaxError: /, /main\.py", line 1/],
  'an exception': ['1 / 0\n', 'ZeroDivisionError', /^Python error: ZeroDivisionError: division by zero$/, /main\.py/],
  'a module that is not installed': [
    'import no_such_package.part\n',
    'ModuleNotFoundError',
    /^Python error: ModuleNotFoundError: No module named 'no_such_package'$/,
    /main\.py", line 1/,
  ],
  'a name that a module does not have': [
    'from os import no_such_name\n',
    'ImportError',
    /^Python error: ImportError: cannot import name 'no_such_name'/,
    /main\.py", line 1/,
  ],
  'an exception without a text': ['raise ValueError\n', 'ValueError', /^Python error: ValueError: $/, /main\.py/],
  'a cause': [
    'try:\n    {}["key"]\nexcept KeyError as error:\n    raise RuntimeError("no key") from error\n',
    'RuntimeError',
    /^Python error: RuntimeError: no key$/,
    /KeyError[^]*RuntimeError/,
  ],
  'sys.exit()': ['import sys\nsys.exit(3)\n', 'SystemExit', /^Python error: SystemExit: 3$/, /main\.py/],
  'an interrupt': ['raise KeyboardInterrupt\n', 'KeyboardInterrupt', /^Python error: KeyboardInterrupt/, /main\.py/],
}

for (const [name, [source, pythonType, message, pythonTraceback]] of Object.entries(BROKEN)) {
  test(`a module with ${name} is a Python error with its traceback`, (t) => {
    const folder = makeFolder(t, { 'main.py': source })
    const make = () => new PythonHandler('main:app', { docroot: folder })
    return refuses(t, make, { code: 'ERR_ASGI_PYTHON', message, pythonType, pythonTraceback })
  })
}

test('the cause of a Python error is its cause in JavaScript', (t) => {
  const folder = makeFolder(t, { 'main.py': BROKEN['a cause'][0] })
  assert.throws(() => new PythonHandler({ docroot: folder }), (error) => {
    assert.equal(error.cause.pythonType, 'KeyError')
    assert.equal(error.cause.message, "Python error: KeyError: 'key'")
    return true
  })
})

test('a module that failed to import can be loaded once it is mended', async (t) => {
  const folder = makeFolder(t, { 'main.py': 'raise ValueError("broken")\n' })
  assert.throws(() => new PythonHandler('main:app', { docroot: folder }), { code: 'ERR_ASGI_PYTHON' })
  const mended = makeFolder(t, {
    'main.py': `import sys\nsys.path.append(${JSON.stringify(docroot)})\nfrom hello import app`,
  })
  const handler = new PythonHandler('main:app', { docroot: mended })
  t.after(() => handler.close())
  await answers(handler)
})

for (const [name, source] of [['5', 'app = 5'], ['None', 'app = None'], ['a module', 'import os as app']]) {
  test(`a target that is ${name} is not callable`, (t) => {
    const folder = makeFolder(t, { 'main.py': source })
    const make = () => new PythonHandler('main:app', { docroot: folder })
    return refuses(t, make, { code: 'ERR_ASGI_NOT_CALLABLE', message: /main:app .* is not callable/ })
  })
}

test('a factory that raises, is not callable, or makes no app is refused', async (t) => {
  const source = 'def raises():\n    raise ValueError("no settings")\ndef makes_none():\n    return None\nnone = 5\n'
  const folder = makeFolder(t, { 'main.py': source })
  const make = (name) => () => new PythonHandler('main', name, { docroot: folder, factory: true })
  await refuses(t, make('raises'), { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: no settings' })
  for (const name of ['makes_none', 'none']) {
    await refuses(t, make(name), { code: 'ERR_ASGI_NOT_CALLABLE', message: /is not callable/ })
  }
})

const OPTIONS = {
  docroot: [5, {}],
  rootPath: ['api', '/api/', '/', 5],
  python: [5],
  interface: ['asgi4', 3],
  factory: ['yes', 1],
  lifespan: ['maybe', true],
  lifespanTimeout: [-1, 1.5, '5', NaN, Infinity],
  loop: [5, 'no_such_module:new_event_loop', 'uvloop:', ':x', 'nonsense'],
  thread: ['other', true],
  responseTimeout: [-1, '5'],
  maxConcurrency: [-1, 0.5],
  highWaterMark: [-1, '64k'],
  scope: [5, [], 'x'],
  rewriter: [{}, 'x'],
}

for (const [name, values] of Object.entries(OPTIONS)) {
  for (const value of values) {
    test(`an invalid value of the option ${name} is an error with its name: ${JSON.stringify(value) ?? value}`, (t) => {
      const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: new RegExp(`^Invalid option '?${name}`) }
      return refuses(t, () => new PythonHandler('hello:app', { docroot, [name]: value }), expected)
    })
  }
}

test('options that are no object are refused', async (t) => {
  for (const options of [5, 'x', null]) {
    const expected = { code: /^ERR_ASGI_INVALID_(OPTION|TARGET)$/ }
    await refuses(t, () => new PythonHandler({ file: 'hello', function: 'app' }, options), expected)
  }
})

test('a handler is made with new', () => {
  assert.throws(() => PythonHandler('hello:app', { docroot }), TypeError)
})

const NO_URL = 'Invalid URL: expected an absolute URL, or a path that begins with /, got '
const NO_METHOD = 'Invalid `method` name: expected a word such as GET, got '

test('an invalid request is refused before it reaches the app, and the next is answered', async (t) => {
  const handler = openApp(t, 'hello')
  const cases = [
    [{ url: 'http://' }, 'ERR_ASGI_INVALID_URL', `${NO_URL}"http://"`],
    [{ url: '' }, 'ERR_ASGI_INVALID_URL', `${NO_URL}""`],
    [{ url: 5 }, 'ERR_ASGI_INVALID_URL', `${NO_URL}5`],
    [{ url: 'relative' }, 'ERR_ASGI_INVALID_URL', `${NO_URL}"relative"`],
    [{ url: '/\u0000' }, 'ERR_ASGI_INVALID_URL', /^Invalid URL: expected control characters percent-encoded, got /],
    [{ url: '/\ud800' }, 'ERR_ASGI_INVALID_URL', /^Invalid URL: expected no lone surrogates, got "\/\\ud800"$/],
    [{ method: 'GET' }, 'ERR_ASGI_MISSING_FIELD', 'Missing field `url`: expected an absolute URL or a path'],
    [{ url: '/', method: 'G T' }, 'ERR_ASGI_INVALID_METHOD', `${NO_METHOD}"G T"`],
    [{ url: '/', method: '' }, 'ERR_ASGI_INVALID_METHOD', `${NO_METHOD}""`],
    [{ url: '/', method: 5 }, 'ERR_ASGI_INVALID_METHOD', `${NO_METHOD}5`],
    [{ url: '/', method: 'GET\0' }, 'ERR_ASGI_INVALID_METHOD', `${NO_METHOD}"GET\\u0000"`],
    [{ url: '/', headers: { 'x y': '1' } }, 'ERR_ASGI_INVALID_HEADER_NAME', /^Invalid header name: x y/],
    [{ url: '/', headers: { '': '1' } }, 'ERR_ASGI_INVALID_HEADER_NAME', /^Invalid header name: /],
    [{ url: '/', headers: { ':path': '1' } }, 'ERR_ASGI_INVALID_HEADER_NAME', /^Invalid header name: :path/],
    [{ url: '/', headers: { x: 'a\r\nb' } }, 'ERR_ASGI_INVALID_HEADER_VALUE', /^Invalid header value: "a\\r\\nb"/],
    [{ url: '/', headers: { x: 'a\0b' } }, 'ERR_ASGI_INVALID_HEADER_VALUE', /^Invalid header value: /],
    [
      { url: '/', headers: { x: '€' } },
      'ERR_ASGI_INVALID_HEADER_VALUE',
      /^Invalid header value: "€", expected Latin-1/,
    ],
    [{ url: '/', headers: { x: {} } }, 'ERR_ASGI_INVALID_HEADER_VALUE', /^Invalid header value: /],
    [{ url: '/', body: 5 }, 'ERR_ASGI_INVALID_BODY', /^Expected a Buffer.* as body, got 5$/],
    [{ url: '/', body: {} }, 'ERR_ASGI_INVALID_BODY', /^Expected a Buffer.* as body, got an object$/],
  ]
  for (const [request, code, message] of cases) {
    for (const method of ['handleRequest', 'handleStream']) {
      // In one turn with valid requests, which are answered all the same.
      const neighbours = [handler.handleRequest({ url: '/' })]
      const refused = assert.rejects(async () => handler[method](request), { code, message }, JSON.stringify(request))
      neighbours.push(handler.handleRequest({ url: '/' }))
      await refused
      for (const { status } of await Promise.all(neighbours)) assert.equal(status, 200)
    }
    assert.throws(() => handler.handleRequestSync(request), { code, message })
    if (request.url !== undefined) assert.throws(() => new Request(request), { code, message })
    await answers(handler)
  }
})
