'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const { listen, openApp, send } = require('../support')
const { openHostApp } = require('./support')

/**
 * SvelteKit's behaviour as `handle` in hooks.server.js and a +server.js see it: `handle` gets
 * the event and decides; `resolve` finds the export for the method, or `fallback`.
 */
class SvelteKitShape {
  constructor({ handle = ({ event, resolve }) => resolve(event), routes = {} }) {
    this.handle = handle
    this.routes = routes
  }

  async respond(request) {
    const url = new URL(request.url)
    const event = { request, url, params: {}, locals: {}, cookies: ['session=7; Path=/'] }
    const response = await this.handle({ event, resolve: (each) => this.#resolve(each) })
    assert.ok(response instanceof Response)
    // The cookies that a page has set with event.cookies.
    for (const cookie of event.cookies) response.headers.append('set-cookie', cookie)
    return response
  }

  async #resolve(event) {
    const endpoint = this.routes[event.url.pathname] ?? {}
    const { method } = event.request
    const handler = endpoint[method] ?? (method === 'HEAD' ? endpoint.GET : undefined) ?? endpoint.fallback
    if (handler === undefined) return new Response('page of SvelteKit')
    return handler(event)
  }
}

/** Serves it as SvelteKit's adapter for Node does: the web's Request in, the web's Response out, chunk by chunk. */
function servePort(t, kit) {
  const server = http.createServer(async (req, res) => {
    const hasBody = req.method !== 'GET' && req.method !== 'HEAD'
    const request = new Request(`http://localhost:5173${req.url}`, {
      method: req.method,
      headers: Object.entries(req.headers),
      body: hasBody ? Readable.toWeb(req) : undefined,
      duplex: 'half',
    })
    const response = await kit.respond(request)
    for (const [name, value] of response.headers) {
      if (name !== 'set-cookie') res.setHeader(name, value)
    }
    if (response.headers.getSetCookie !== undefined) res.setHeader('set-cookie', response.headers.getSetCookie())
    res.writeHead(response.status)
    if (response.body === null) {
      res.end()
      return
    }
    const reader = response.body.getReader()
    res.on('close', () => reader.cancel().catch(() => undefined))
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      res.write(value)
    }
    res.end()
  })
  return listen(t, server)
}

async function serveShape(t, kit) {
  const port = await servePort(t, kit)
  return (options) => send({ port, ...options })
}

const kitWithHook = (python) =>
  new SvelteKitShape({
    handle: (
      { event, resolve },
    ) => (event.url.pathname.startsWith('/api') ? python.fetch(event.request) : resolve(event)),
  })

test('a hook gives a prefix to Python, and the rest stays with SvelteKit', async (t) => {
  const request = await serveShape(t, kitWithHook(openApp(t, 'dump_scope', { rootPath: '/api' })))
  const scope = JSON.parse((await request({ path: '/api/items?q=1' })).body)
  assert.equal(scope.root_path, '/api')
  assert.equal(scope.path, '/api/items')
  assert.deepEqual(scope.query_string, { bytes: 'q=1' })
  assert.equal((await request({ path: '/about' })).body.toString(), 'page of SvelteKit')
})

test('bodies go both ways through a hook', async (t) => {
  const request = await serveShape(t, kitWithHook(openApp(t, 'echo_stream')))
  const body = Buffer.alloc(1024 * 1024, 'kit ')
  assert.ok((await request({ method: 'POST', path: '/api/x', body })).body.equals(body))
})

test('the fallback of a +server.js takes the methods that have no export', async (t) => {
  const python = openHostApp(t, 'keeps_items')
  const endpoint = { GET: () => new Response('"SvelteKit"'), fallback: ({ request }) => python.fetch(request) }
  const request = await serveShape(t, new SvelteKitShape({ routes: { '/kit-items': endpoint } }))
  assert.equal((await request({ path: '/kit-items' })).body.toString(), '"SvelteKit"')
  const posted = await request({ method: 'POST', path: '/kit-items', body: 'item' })
  assert.equal(posted.status, 201)
  assert.deepEqual(JSON.parse(posted.body).items, ['item'])
  assert.equal(JSON.parse((await request({ method: 'DELETE', path: '/kit-items' })).body).method, 'DELETE')
})

test(
  "cookies of SvelteKit are added to the app's",
  { skip: Headers.prototype.getSetCookie === undefined },
  async (t) => {
    const request = await serveShape(t, kitWithHook(openHostApp(t, 'redirects')))
    const { status, headers } = await request({ path: '/api/307' })
    assert.equal(status, 307)
    assert.equal(headers.location, '/landed')
    assert.deepEqual(headers['set-cookie'], ['a=1; Path=/', 'b=2; Path=/', 'session=7; Path=/'])
  },
)

test('responses without a body pass: HEAD, 204, 304', async (t) => {
  const python = openApp(t, 'send_status')
  const kit = new SvelteKitShape({ handle: ({ event }) => python.fetch(event.request) })
  const request = await serveShape(t, kit)
  for (const [method, status] of [['HEAD', 200], ['GET', 204], ['GET', 304]]) {
    const response = await request({ method, path: `/${status}/stream` })
    assert.equal(response.status, status)
    assert.equal(response.headers['x-kept'], 'yes')
    assert.equal(response.body.length, 0)
  }
})

test('the app receives a disconnect when a client of the adapter leaves', async (t) => {
  const python = openApp(t, 'notice_disconnect')
  const port = await servePort(t, new SvelteKitShape({ handle: ({ event }) => python.fetch(event.request) }))
  http.get({ port, host: '127.0.0.1', path: '/stream/kit' }, (response) => {
    response.once('data', () => response.destroy())
  })
  assert.equal((await python.handleRequest({ url: '/seen/kit' })).body.toString(), 'http.disconnect')
})
