'use strict'

const assert = require('node:assert/strict')
const express = require('express')
const http = require('node:http')
const { test } = require('node:test')
const { listen, openApp, quiet, send, until } = require('../support')
const { openHostApp } = require('./support')

async function serveApp(t, app) {
  const port = await listen(t, http.createServer(app))
  return (options) => send({ port, ...options })
}

const read = (response) => JSON.parse(response.body)

test('routes of Express come first, and Python is the fallback, its 404 among them', async (t) => {
  const app = express()
  app.get('/native', (req, res) => res.json('Express'))
  app.use(openHostApp(t, 'keeps_items').listener)
  app.use((req, res) => res.status(501).end('never reached'))
  const request = await serveApp(t, app)
  assert.equal(read(await request({ path: '/native' })), 'Express')
  const answer = read(await request({ path: '/other' }))
  assert.equal(answer.by, 'Python')
  assert.equal(answer.path, '/other')
  assert.equal(answer.root_path, '')
})

test('one path is GET in Express and POST in Python', async (t) => {
  const { listener } = openHostApp(t, 'keeps_items')
  const app = express()
  app.route('/items/:id').get((req, res) => res.json({ by: 'Express', id: req.params.id })).post(listener)
  const request = await serveApp(t, app)
  assert.deepEqual(read(await request({ path: '/items/5' })), { by: 'Express', id: '5' })
  const posted = await request({ method: 'POST', path: '/items/5', body: 'item' })
  assert.equal(posted.status, 201)
  // A route is no mount: nothing is cut off.
  const { items, path, root_path: rootPath } = read(posted)
  assert.deepEqual({ items, path, rootPath }, { items: ['item'], path: '/items/5', rootPath: '' })
})

test('routers and apps in each other make one root path, and the path is whole', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const router = express.Router()
  router.use('/inner', listener)
  const inner = express()
  inner.use('/app', listener)
  const app = express()
  app.use('/outer', router)
  app.use('/sub', inner)
  app.use('/tenants/:tenant', listener)
  const request = await serveApp(t, app)
  const mounts = [
    ['/outer/inner/a%20b?q=1', '/outer/inner', '/outer/inner/a b'],
    ['/sub/app/x?q=1', '/sub/app', '/sub/app/x'],
    ['/tenants/7/x?q=1', '/tenants/7', '/tenants/7/x'],
  ]
  for (const [path, rootPath, whole] of mounts) {
    const scope = read(await request({ path }))
    assert.equal(scope.root_path, rootPath)
    assert.equal(scope.path, whole)
    assert.deepEqual(scope.raw_path, { bytes: path.slice(0, -4) })
    assert.deepEqual(scope.query_string, { bytes: 'q=1' })
  }
})

test('an error of the app goes to the error handler with its traceback, one after the start does not', async (t) => {
  const errors = []
  const app = express()
  app.use(openApp(t, 'raises').listener)
  // oxlint-disable-next-line no-unused-vars -- Express counts the parameters
  app.use((error, req, res, next) => {
    errors.push(error)
    res.status(500).send('from Express')
  })
  const request = await serveApp(t, app)
  assert.equal((await request({ path: '/before' })).body.toString(), 'from Express')
  await assert.rejects(request({ path: '/after' }))
  assert.equal(errors.length, 1)
  assert.equal(errors[0].pythonType, 'ValueError')
  assert.match(errors[0].pythonTraceback, /raises\.py/)
})

test('without an error handler the client sees the plain 500 of Express', async (t) => {
  const said = quiet(t)
  const app = express()
  app.set('env', 'production')
  app.use(openApp(t, 'raises').listener)
  const response = await (await serveApp(t, app))({ path: '/before' })
  assert.equal(response.status, 500)
  assert.match(response.body.toString(), /Internal Server Error/)
  assert.doesNotMatch(response.body.toString(), /not today/)
  // Express says it a turn later.
  await until(() => said.length > 0, 'the error is printed')
  assert.match(said.join(''), /ValueError: not today/)
})

test('a middleware in front may look at the response: its status, its end, its headers', async (t) => {
  const seen = []
  const app = express()
  app.use((req, res, next) => {
    res.set('x-request-id', '7')
    res.on('finish', () => seen.push([req.originalUrl, res.statusCode, res.getHeader('x-kept')]))
    next()
  })
  app.use(openApp(t, 'send_status').listener)
  const request = await serveApp(t, app)
  for (const path of ['/202', '/203/stream']) {
    const { headers } = await request({ path })
    assert.equal(headers['x-request-id'], '7')
    assert.equal(headers['x-kept'], 'yes')
  }
  assert.deepEqual(seen, [['/202', 202, 'yes'], ['/203/stream', 203, 'yes']])
})

test('a middleware in front may replace write and end, as compression does', async (t) => {
  const app = express()
  app.use((req, res, next) => {
    const { write, end } = res
    const upper = (chunk) => Buffer.from(chunk.toString().toUpperCase())
    res.write = (chunk, ...rest) => write.call(res, upper(chunk), ...rest)
    res.end = (chunk, ...rest) => (chunk ? end.call(res, upper(chunk), ...rest) : end.call(res))
    next()
  })
  app.use(openApp(t, 'send_status').listener)
  const request = await serveApp(t, app)
  assert.equal((await request({ path: '/200' })).body.toString(), 'BODY')
  assert.equal((await request({ path: '/200/stream' })).body.toString(), 'FIRSTBODY')
})
