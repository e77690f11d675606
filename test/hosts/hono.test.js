'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('../support')
const { headerOf, openHostApp } = require('./support')

const ORIGIN = 'http://localhost:3000'

/**
 * Hono's behaviour as handlers see it: `all` gives them a context whose `req.raw` is the web's
 * Request; `mount` calls them with a Request whose path has lost the prefix, and with the environment behind it.
 */
class HonoShape {
  #routes = []

  all(path, handler) {
    this.on(null, path, handler)
  }

  on(method, path, handler) {
    this.#routes.push({ method, path, handler })
  }

  mount(prefix, handler) {
    const withoutPrefix = (request) => {
      const url = new URL(request.url)
      url.pathname = url.pathname.slice(prefix.length) || '/'
      return new Request(url, request)
    }
    this.all(`${prefix}/*`, (context) => handler(withoutPrefix(context.req.raw), context.env, context.executionCtx))
  }

  fetch = async (request, env = {}) => {
    const { pathname } = new URL(request.url)
    const matches = (path) => (path.endsWith('*') ? pathname.startsWith(path.slice(0, -2)) : pathname === path)
    const route = this.#routes.find(({ method, path }) =>
      matches(path) && (method ?? request.method) === request.method
    )
    if (route === undefined) return new Response('404 Not Found', { status: 404 })
    const context = { req: { raw: request, path: pathname }, env, executionCtx: undefined, text: textOf }
    try {
      return await route.handler(context)
    } catch {
      return new Response('Internal Server Error', { status: 500 })
    }
  }

  request(path, init) {
    return this.fetch(new Request(new URL(path, ORIGIN), init))
  }
}

const textOf = (text) => new Response(text)

/**
 * What the adapter of Hono for Node hands over: no Request, but an object of that prototype, which makes one when
 * more than the method, the URL and the headers is read.
 */
function lightweight(url, init) {
  let made
  const real = () => (made ??= new Request(url, init))
  const prototype = { method: init?.method ?? 'GET', url, headers: new Headers(init?.headers) }
  for (const name of ['body', 'bodyUsed', 'signal']) Object.defineProperty(prototype, name, { get: () => real()[name] })
  Object.setPrototypeOf(prototype, Request.prototype)
  return Object.create(prototype)
}

test('app.all hands the whole path over, and other routes stay those of Hono', async (t) => {
  const python = openHostApp(t, 'keeps_items')
  const app = new HonoShape()
  app.on('GET', '/native', (c) => c.text('Hono'))
  app.on('GET', '/hono-items', (c) => c.text('Hono'))
  app.all('/*', (c) => python.fetch(c.req.raw))
  assert.equal(await (await app.request('/native')).text(), 'Hono')
  assert.equal(await (await app.request('/hono-items')).text(), 'Hono')
  const posted = await app.request('/hono-items', { method: 'POST', body: 'item' })
  assert.equal(posted.status, 201)
  const { items, path } = await posted.json()
  assert.deepEqual({ items, path }, { items: ['item'], path: '/hono-items' })
})

test('app.mount cuts its prefix off, and the option rootPath makes it the root path', async (t) => {
  const python = openApp(t, 'dump_scope', { rootPath: '/api' })
  const app = new HonoShape()
  app.mount('/api', python.fetch)
  app.all('/*', (c) => c.text('Hono'))
  const scope = await (await app.request('/api/items/5?q=1', { headers: { 'x-a': '1' } })).json()
  assert.equal(scope.root_path, '/api')
  assert.equal(scope.path, '/api/items/5')
  assert.deepEqual(scope.query_string, { bytes: 'q=1' })
  assert.deepEqual(headerOf(scope, 'x-a'), ['1'])
  assert.equal((await (await app.request('/api')).json()).path, '/api/')
  assert.equal(await (await app.request('/other')).text(), 'Hono')
})

test('a mounted app streams both ways', async (t) => {
  const app = new HonoShape()
  app.mount('/api', openApp(t, 'echo_stream').fetch)
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const reader = (await app.request('/api/x', { method: 'POST', body, duplex: 'half' })).body.getReader()
  for (const text of ['one', 'two']) {
    upload.enqueue(Buffer.from(text))
    assert.equal(Buffer.from((await reader.read()).value).toString(), text)
  }
  upload.close()
  assert.equal((await reader.read()).done, true)
})

test('the signal of a mounted request reaches the app', async (t) => {
  const python = openApp(t, 'notice_disconnect')
  const app = new HonoShape()
  app.mount('/api', python.fetch)
  const controller = new AbortController()
  const response = await app.request('/api/stream/hono', { signal: controller.signal })
  const reader = response.body.getReader()
  await reader.read()
  const failing = reader.read()
  controller.abort()
  await assert.rejects(failing, { name: 'AbortError' })
  assert.equal(await (await app.request('/api/seen/hono')).text(), 'http.disconnect')
})

test('an error of the app goes to the error handler of Hono', async (t) => {
  const python = openApp(t, 'raises')
  const app = new HonoShape()
  app.all('/*', (c) => python.fetch(c.req.raw))
  const response = await app.request('/before')
  assert.equal(response.status, 500)
  assert.equal(await response.text(), 'Internal Server Error')
})

test('the lightweight request of the adapter for Node is a request', async (t) => {
  const { fetch } = openApp(t, 'dump_scope')
  const scope = await (await fetch(lightweight(`${ORIGIN}/a?b`, { headers: { 'x-a': '1' } }))).json()
  assert.equal(scope.path, '/a')
  assert.deepEqual(scope.server, ['localhost', 3000])
  assert.deepEqual(headerOf(scope, 'x-a'), ['1'])
  const echo = openApp(t, 'echo_stream')
  const response = await echo.fetch(lightweight(ORIGIN, { method: 'POST', body: 'posted' }))
  assert.equal(await response.text(), 'posted')
})

test('a request whose body a middleware has read is refused, and its clone is not', async (t) => {
  const python = openApp(t, 'echo_stream')
  const app = new HonoShape()
  const errors = []
  app.all('/read', async (c) => {
    await c.req.raw.text()
    return python.fetch(c.req.raw).catch((error) => errors.push(error) && new Response(null, { status: 500 }))
  })
  app.all('/locked', (c) => {
    c.req.raw.body.getReader()
    return python.fetch(c.req.raw).catch((error) => errors.push(error) && new Response(null, { status: 500 }))
  })
  app.all('/cloned', async (c) => {
    const clone = c.req.raw.clone()
    assert.equal(await c.req.raw.text(), 'body')
    return python.fetch(clone)
  })
  const send = (path) => app.request(path, { method: 'POST', body: 'body' })
  assert.equal((await send('/read')).status, 500)
  assert.equal((await send('/locked')).status, 500)
  assert.equal(errors.length, 2)
  for (const error of errors) {
    assert.equal(error.code, 'ERR_ASGI_INVALID_BODY')
    assert.match(error.message, /clone/)
  }
  assert.equal(await (await send('/cloned')).text(), 'body')
})
