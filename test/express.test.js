'use strict'

const assert = require('node:assert/strict')
const express = require('express')
const { test } = require('node:test')
const { listen, openApp, send } = require('./support')
const http = require('node:http')

const serveApp = async (t, app) => {
  const port = await listen(t, http.createServer(app))
  return (options) => send({ port, ...options })
}

test('B12 B13 a mount path of Express is the root path, and the path contains it', async (t) => {
  const app = express()
  app.use('/api/v1', openApp(t, 'dump_scope').listener)
  const request = await serveApp(t, app)
  const scope = JSON.parse((await request({ path: '/api/v1/items/5?q=1' })).body)
  assert.equal(scope.root_path, '/api/v1')
  assert.equal(scope.path, '/api/v1/items/5')
  assert.deepEqual(scope.query_string, { bytes: 'q=1' })
  const root = JSON.parse((await request({ path: '/api/v1' })).body)
  assert.equal(root.root_path, '/api/v1')
})

test("B12 the handler's own root path comes before that of Express", async (t) => {
  const app = express()
  app.use('/inner', openApp(t, 'dump_scope', { rootPath: '/outer' }).listener)
  const request = await serveApp(t, app)
  const scope = JSON.parse((await request({ path: '/inner/x' })).body)
  assert.equal(scope.root_path, '/outer/inner')
  assert.equal(scope.path, '/outer/inner/x')
})

test("B12 Connect's way of mounting is understood: the prefix is cut off the url", async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const request = await serveApp(t, (req, res) => {
    req.originalUrl = req.url
    req.url = req.url.replace(/^\/mount(?=[/?]|$)/, '').replace(/^(?!\/)/, '/')
    listener(req, res)
  })
  for (const [target, scopePath] of [['/mount/a?q=/x', '/mount/a'], ['/mount', '/mount/'], ['/mount?q', '/mount/']]) {
    const scope = JSON.parse((await request({ path: target })).body)
    assert.equal(scope.root_path, '/mount')
    assert.equal(scope.path, scopePath)
  }
  assert.equal(JSON.parse((await request({ path: '/other' })).body).root_path, '')
})

test('an error of the app goes to the error handler of Express', async (t) => {
  const app = express()
  app.use(openApp(t, 'raises').listener)
  app.use((error, req, res, next) => res.status(500).json({ code: error.code, message: error.message }))
  const request = await serveApp(t, app)
  const response = await request({ path: '/before' })
  assert.equal(response.status, 500)
  const { code, message } = JSON.parse(response.body)
  assert.equal(code, 'ERR_ASGI_PYTHON')
  assert.match(message, /ValueError: not today$/)
})

test('D6 duplicates survive the headers that Express sets itself', async (t) => {
  const app = express()
  app.use(openApp(t, 'send_headers').listener)
  const request = await serveApp(t, app)
  const { headers } = await request({ path: '/' })
  assert.equal(headers['x-powered-by'], 'Express')
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(headers['x-octets'], 'caf\xe9')
})

test('a body that express.raw or express.text has read reaches the app', async (t) => {
  const app = express()
  app.use('/raw', express.raw({ type: '*/*' }))
  app.use('/text', express.text({ type: '*/*' }))
  app.use(openApp(t, 'echo_stream').listener)
  const request = await serveApp(t, app)
  for (const target of ['/raw', '/text', '/untouched']) {
    const response = await request({ method: 'POST', path: target, body: 'caf\u00e9' })
    assert.equal(response.body.toString(), 'café', target)
  }
})

test('a body that a parser consumed is an error that says how to fix it', async (t) => {
  const app = express()
  app.use(express.json())
  app.use(openApp(t, 'echo_stream').listener)
  app.use((error, req, res, next) => res.status(500).json({ code: error.code, message: error.message }))
  const request = await serveApp(t, app)
  const headers = { 'content-type': 'application/json' }
  const parsed = await request({ method: 'POST', path: '/', headers, body: '{"a":1}' })
  assert.equal(parsed.status, 500)
  assert.equal(JSON.parse(parsed.body).code, 'ERR_ASGI_INVALID_BODY')
  assert.match(JSON.parse(parsed.body).message, /before the body parser/)
  const other = await request({ method: 'POST', path: '/', headers: { 'content-type': 'text/plain' }, body: 'kept' })
  assert.equal(other.body.toString(), 'kept')
  assert.equal((await request({ path: '/' })).status, 200)
})
