'use strict'

const assert = require('node:assert/strict')
const connect = require('connect')
const http = require('node:http')
const { test } = require('node:test')
const { listen, openApp, send } = require('../support')
const { openHostApp } = require('./support')

async function serveApp(t, app) {
  const port = await listen(t, http.createServer(app))
  return (options) => send({ port, ...options })
}

const read = (response) => JSON.parse(response.body)

test('a mount path of Connect is the root path, and the path contains it', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const inner = connect()
  inner.use('/inner', listener)
  const app = connect()
  app.use('/outer', inner)
  app.use('/api/v1', listener)
  const request = await serveApp(t, app)
  const mounts = [
    ['/api/v1/items/5', '/api/v1', '/api/v1/items/5'],
    ['/api/v1/a%20b', '/api/v1', '/api/v1/a b'],
    ['/api/v1/', '/api/v1', '/api/v1/'],
    ['/outer/inner/x', '/outer/inner', '/outer/inner/x'],
  ]
  for (const [path, rootPath, whole] of mounts) {
    const scope = read(await request({ path: `${path}?q=/api` }))
    assert.equal(scope.root_path, rootPath)
    assert.equal(scope.path, whole)
    assert.deepEqual(scope.query_string, { bytes: 'q=/api' })
  }
  assert.equal(read(await request({ path: '/api/v1' })).root_path, '/api/v1')
  assert.equal(read(await request({ path: '/api/v1?q' })).root_path, '/api/v1')
})

test('functions of Connect come first, and Python is the fallback', async (t) => {
  const app = connect()
  app.use('/native', (req, res) => res.end('"Connect"'))
  app.use(openHostApp(t, 'keeps_items').listener)
  const request = await serveApp(t, app)
  assert.equal(read(await request({ path: '/native' })), 'Connect')
  const { by, path, root_path: rootPath } = read(await request({ path: '/other' }))
  assert.deepEqual({ by, path, rootPath }, { by: 'Python', path: '/other', rootPath: '' })
})

test('one path is GET in Connect and POST in Python', async (t) => {
  const app = connect()
  app.use('/connect-items', (req, res, next) => (req.method === 'GET' ? res.end('"Connect"') : next()))
  app.use('/connect-items', openHostApp(t, 'keeps_items').listener)
  const request = await serveApp(t, app)
  assert.equal(read(await request({ path: '/connect-items' })), 'Connect')
  const posted = await request({ method: 'POST', path: '/connect-items', body: 'item' })
  assert.equal(posted.status, 201)
  assert.deepEqual(read(posted).items, ['item'])
})

test('an error of the app goes to the error function of Connect', async (t) => {
  const app = connect()
  app.use(openApp(t, 'raises').listener)
  // oxlint-disable-next-line no-unused-vars -- Connect counts the parameters
  app.use((error, req, res, next) => {
    res.statusCode = 500
    res.end(error.pythonType)
  })
  const request = await serveApp(t, app)
  const response = await request({ path: '/before' })
  assert.equal(response.status, 500)
  assert.equal(response.body.toString(), 'ValueError')
})
