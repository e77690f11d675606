'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp, until } = require('../support')
const { headerOf, openHostApp } = require('./support')

const ORIGIN = 'http://localhost:3000'

/** What Next.js hands to a route handler: a subclass of Request that knows more of its URL and its cookies. */
class NextRequestShape extends Request {
  #nextUrl

  constructor(input, init = {}) {
    const url = typeof input !== 'string' && 'url' in input ? input.url : String(input)
    // Next.js adds this by itself where there is a body.
    if (init.body && init.duplex !== 'half') init.duplex = 'half'
    super(url, init)
    this.#nextUrl = new URL(url)
  }

  get nextUrl() {
    return this.#nextUrl
  }

  get cookies() {
    return new Map((this.headers.get('cookie') ?? '').split('; ').map((each) => each.split('=')))
  }

  get url() {
    return this.#nextUrl.toString()
  }
}

/** Calls a route handler as Next.js does: of `app/api/[...path]/route.js`. */
async function call(route, path, init) {
  const request = new NextRequestShape(`${ORIGIN}${path}`, init)
  const segments = request.nextUrl.pathname.split('/').slice(2)
  const response = await route[request.method](request, { params: Promise.resolve({ path: segments }) })
  // Next.js insists on it.
  assert.ok(response instanceof Response)
  return response
}

/** `export const GET = (request) => python.fetch(request)`, and so on. */
function routeOf(python) {
  const handle = (request) => python.fetch(request)
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, OPTIONS: handle }
}

test('a route handler hands the request over with its prefix', async (t) => {
  const route = routeOf(openApp(t, 'dump_scope', { rootPath: '/api' }))
  const headers = { cookie: 'a=1; b=2', 'x-forwarded-for': '203.0.113.5' }
  const scope = await (await call(route, '/api/items/caf%C3%A9?q=%20', { headers })).json()
  assert.equal(scope.root_path, '/api')
  assert.equal(scope.path, '/api/items/café')
  assert.deepEqual(scope.query_string, { bytes: 'q=%20' })
  assert.deepEqual(scope.server, ['localhost', 3000])
  assert.deepEqual(headerOf(scope, 'cookie'), ['a=1; b=2'])
})

for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
  test(`a route handler hands ${method} over`, async (t) => {
    const body = ['GET', 'OPTIONS'].includes(method) ? undefined : 'body'
    const scope = await (await call(routeOf(openApp(t, 'dump_scope')), '/api/x', { method, body })).json()
    assert.equal(scope.method, method)
    const echoed = await call(routeOf(openApp(t, 'echo_stream')), '/api/x', { method, body })
    assert.equal(await echoed.text(), body ?? '')
  })
}

test('an endless upload and an endless response flow through a route handler together', async (t) => {
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const response = await call(routeOf(openApp(t, 'echo_stream')), '/api/x', { method: 'POST', body, duplex: 'half' })
  const reader = response.body.getReader()
  for (const text of ['one', 'two', 'three']) {
    upload.enqueue(Buffer.from(text))
    assert.equal(Buffer.from((await reader.read()).value).toString(), text)
  }
  upload.close()
  assert.equal((await reader.read()).done, true)
})

test('an upload that the app reads late waits, and arrives whole', async (t) => {
  const python = openApp(t, 'flood')
  const route = { POST: (request) => python.fetch(request) }
  const send = async (path) => (await python.fetch(new Request(`${ORIGIN}${path}`))).text()
  let pulled = 0
  const body = new ReadableStream({
    pull(controller) {
      if (pulled++ < 256) controller.enqueue(new Uint8Array(65536))
      else controller.close()
    },
  }, { highWaterMark: 0 })
  const pending = call(route, '/hold/next', { method: 'POST', body })
  let before
  await until(async () => {
    before = pulled
    await send('/sent/none')
    return before === pulled && pulled > 0
  }, 'the upload waits')
  assert.ok(pulled < 100, `${pulled} chunks were pulled`)
  await send('/read/next')
  assert.equal(await (await pending).text(), String(256 * 65536))
})

test('an upload that the app never reads is cancelled when it has answered', async (t) => {
  const python = openApp(t, 'answer_early')
  let cancelled
  const isCancelled = new Promise((resolve) => (cancelled = resolve))
  const body = new ReadableStream({ pull: (each) => each.enqueue(new Uint8Array(65536)), cancel: cancelled })
  const response = await call({ POST: (request) => python.fetch(request) }, '/api/x', { method: 'POST', body })
  assert.equal(response.status, 413)
  await isCancelled
})

test('a redirect of the app is passed on unchanged, with its cookies, and not followed', async (t) => {
  const handler = openHostApp(t, 'redirects')
  for (const status of [301, 302, 303, 307, 308]) {
    const response = await call(routeOf(handler), `/api/${status}`)
    assert.equal(response.status, status)
    assert.equal(response.redirected, false)
    assert.equal(response.headers.get('location'), '/landed')
    assert.equal(await response.text(), 'moved')
    // Nodes before 18.15 have no other way to look at them.
    if (response.headers.getSetCookie === undefined) continue
    assert.deepEqual(response.headers.getSetCookie(), ['a=1; Path=/', 'b=2; Path=/'])
  }
  assert.equal(handler.stats().requests, 5)
})

test('the app receives a disconnect when Next.js aborts the signal of a client that left', async (t) => {
  const python = openApp(t, 'notice_disconnect')
  const controller = new AbortController()
  const response = await call(routeOf(python), '/stream/next', { signal: controller.signal })
  const reader = response.body.getReader()
  await reader.read()
  const failing = reader.read()
  controller.abort()
  await assert.rejects(failing, { name: 'AbortError' })
  assert.equal((await python.handleRequest({ url: '/seen/next' })).body.toString(), 'http.disconnect')
})

test('the app receives a disconnect when an unread body is cancelled', async (t) => {
  const python = openApp(t, 'notice_disconnect')
  const response = await call(routeOf(python), '/stream/next-unread')
  await response.body.cancel()
  assert.equal((await python.handleRequest({ url: '/seen/next-unread' })).body.toString(), 'http.disconnect')
})

test('an error of the app rejects, so that Next.js answers', async (t) => {
  await assert.rejects(call(routeOf(openApp(t, 'raises')), '/api/before'), { code: 'ERR_ASGI_PYTHON' })
})
