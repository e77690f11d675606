'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { makeFolder } = require('./support')

const SOURCE = `
import functools


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"made"})


def create_app():
    return app


def with_settings(settings=None, *, debug=False):
    return app


def with_many(settings=None, debug=False, database=None):
    return app


def with_names(**settings):
    return app


partial = functools.partial(lambda settings: app, {})


class Shop:
    def __init__(self, settings=None):
        pass

    async def __call__(self, scope, receive, send):
        await app(scope, receive, send)


class Factory:
    def __call__(self):
        return app


instance = Factory()
created = []


def wrapped(*args):
    return app(*args)


async def with_defaults(scope=None, receive=None, send=None):
    await app(scope, receive, send)


def legacy(scope=None):
    return functools.partial(app, scope)


def raises():
    raise LookupError("no settings")


def makes_nothing():
    return None


async def asynchronous():
    return app
`

function open(t, name, options) {
  const handler = new PythonHandler(`main:${name}`, { docroot: makeFolder(t, { 'main.py': SOURCE }), ...options })
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

async function bodyOf(handler) {
  return String((await handler.handleRequest({ method: 'GET', url: 'http://localhost/' })).body)
}

const FACTORIES = ['create_app', 'with_settings', 'with_many', 'with_names', 'partial', 'Shop', 'instance']

for (const name of FACTORIES) {
  test(`a factory is called even without the option factory: ${name}`, async (t) => {
    assert.equal(await bodyOf(open(t, name)), 'made')
  })
}

for (const [name, options] of [['app'], ['wrapped'], ['with_defaults'], ['legacy', { interface: 'asgi2' }]]) {
  test(`an application is not taken for a factory: ${name}`, async (t) => {
    assert.equal(await bodyOf(open(t, name, options)), 'made')
  })
}

test('the constructor reports errors and results of a factory without the option factory', (t) => {
  assert.throws(() => open(t, 'raises'), { code: 'ERR_ASGI_PYTHON', pythonType: 'LookupError' })
  assert.throws(() => open(t, 'makes_nothing'), { code: 'ERR_ASGI_NOT_CALLABLE', message: /NoneType is not callable/ })
  assert.throws(() => open(t, 'asynchronous'), { code: 'ERR_ASGI_NOT_CALLABLE', message: /coroutine is not callable/ })
})
