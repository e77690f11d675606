'use strict'

// Headers that Node sets before the app answers, and those of the app.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { makeFolder, openApp, quiet, serve } = require('../support')

const APP = `
import json
from urllib.parse import unquote


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers = [(name.encode(), value.encode()) for name, value in json.loads(unquote(scope["query_string"].decode()))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})
`

/** A handler whose app answers with the headers that it is asked for. */
function open(t) {
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': APP }) })
  t.after(() => handler.close())
  return handler
}

const asking = (headers) => ({ path: `/?${encodeURIComponent(JSON.stringify(headers))}` })

for (const protocol of ['http', 'https', 'h2', 'h2c']) {
  test(`over ${protocol} headers that may repeat go out with the app's`, async (t) => {
    const { listener } = open(t)
    const request = await serve(t, protocol, (req, res) => {
      res.setHeader('Set-Cookie', ['node=1', 'node=2'])
      res.setHeader('Vary', 'Origin')
      res.setHeader('Link', '</node.css>; rel=preload')
      res.setHeader('WWW-Authenticate', 'Basic')
      res.setHeader('Server-Timing', 'node;dur=1')
      listener(req, res)
    })
    const { headers } = await request(asking([
      ['set-cookie', 'app=1'],
      ['vary', 'Cookie'],
      ['link', '</app.css>; rel=preload'],
      ['set-cookie', 'app=2'],
      ['www-authenticate', 'Bearer'],
      ['server-timing', 'app;dur=2'],
    ]))
    assert.deepEqual(headers['set-cookie'], ['node=1', 'node=2', 'app=1', 'app=2'])
    assert.equal(headers.vary, 'Origin, Cookie')
    assert.equal(headers.link, '</node.css>; rel=preload, </app.css>; rel=preload')
    assert.equal(headers['www-authenticate'], 'Basic, Bearer')
    assert.equal(headers['server-timing'], 'node;dur=1, app;dur=2')
  })

  test(`over ${protocol} of other headers the app's count`, async (t) => {
    const { listener } = open(t)
    const request = await serve(t, protocol, (req, res) => {
      res.setHeader('Content-Type', 'text/html')
      res.setHeader('Cache-Control', 'no-store')
      res.setHeader('X-Own', 'node')
      listener(req, res)
    })
    const { headers } = await request(asking([['content-type', 'text/plain'], ['cache-control', 'max-age=1']]))
    assert.equal(headers['content-type'], 'text/plain')
    assert.equal(headers['cache-control'], 'max-age=1')
    assert.equal(headers['x-own'], 'node')
  })
}

test('a head that cannot be sent leaves the headers of Node as they were', async (t) => {
  quiet(t)
  const { listener } = open(t)
  const request = await serve(t, 'http', (req, res) => {
    res.setHeader('Set-Cookie', 'node=1')
    res.setHeader('Cache-Control', 'no-store')
    listener(req, res)
  })
  // Node refuses trailers together with Content-Length.
  const headers = [['set-cookie', 'app=1'], ['cache-control', 'max-age=1'], ['content-length', '2'], ['trailer', 'x-a']]
  const response = await request(asking(headers))
  assert.equal(response.status, 500)
  assert.deepEqual(response.headers['set-cookie'], ['node=1'])
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers.trailer, undefined)
})

test('a header with the same value is there once', async (t) => {
  const { listener } = open(t)
  const request = await serve(t, 'http', (req, res) => {
    res.setHeader('Vary', 'Origin')
    listener(req, res)
  })
  const { headers } = await request(asking([['vary', 'Origin']]))
  assert.equal(headers.vary, 'Origin')
})

test('a function that a middleware calls before the head is written finds the headers of the app, and adds to them', async (t) => {
  const { listener } = open(t)
  const request = await serve(t, 'http', (req, res) => {
    const { writeHead } = res
    // As sessions do it: with a list, only the listed headers would count.
    res.writeHead = function (...args) {
      res.setHeader('Set-Cookie', [res.getHeader('Set-Cookie') ?? [], 'session=1'].flat())
      res.setHeader('x-seen', String(res.getHeader('x-app')))
      return writeHead.apply(this, args)
    }
    listener(req, res)
  })
  const { headers } = await request(asking([['set-cookie', 'app=1'], ['x-app', 'yes']]))
  assert.deepEqual(headers['set-cookie'], ['app=1', 'session=1'])
  assert.equal(headers['x-seen'], 'yes')
})

test('a middleware that sets a header of the app anew has the last word', async (t) => {
  const { listener } = openApp(t, 'send_status')
  const request = await serve(t, 'http', (req, res) => {
    const { writeHead } = res
    res.writeHead = function (status, ...rest) {
      res.removeHeader('x-kept')
      return writeHead.call(this, status, ...rest)
    }
    listener(req, res)
  })
  for (const path of ['/200', '/200/stream']) assert.equal((await request({ path })).headers['x-kept'], undefined)
})
