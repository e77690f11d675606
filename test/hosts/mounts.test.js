'use strict'

// A listener that is mounted and an upgrade that is not are the same app for their clients.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const connect = require('connect')
const express = require('express')
const http = require('node:http')
const { test } = require('node:test')
const WebSocket = require('ws')
const { PathRewriter } = require('../..')
const { listen, openApp, send } = require('../support')

for (const [name, make] of [['Express', express], ['Connect', connect]]) {
  test(`with rootPath the mount of ${name} and an upgrade have one root path`, async (t) => {
    const { listener } = openApp(t, 'dump_scope', { rootPath: '/api' })
    const { upgrade } = openApp(t, 'ws_scope', { rootPath: '/api' })
    const app = make()
    app.use('/api', listener)
    const server = http.createServer(app)
    server.on('upgrade', upgrade)
    const port = await listen(t, server)
    for (const [path, whole] of [['/api/a%20b?q', '/api/a b'], ['/api/api/x', '/api/api/x'], ['/api', '/api/']]) {
      const scope = JSON.parse((await send({ port, path })).body)
      assert.deepEqual([scope.root_path, scope.path], ['/api', whole])
    }
    const client = new WebSocket(`ws://127.0.0.1:${port}/api/ws`)
    const [text] = await once(client, 'message')
    const { scope } = JSON.parse(text)
    assert.deepEqual([scope.root_path, scope.path], ['/api', '/api/ws'])
    client.terminate()
  })

  test(`a path below the mount of ${name} may begin like it`, async (t) => {
    const app = make()
    app.use('/api', openApp(t, 'dump_scope').listener)
    const port = await listen(t, http.createServer(app))
    for (const path of ['/api/api/x', '/api/api', '/api/x']) {
      const scope = JSON.parse((await send({ port, path })).body)
      assert.deepEqual([scope.root_path, scope.path, scope.raw_path.bytes], ['/api', path, path])
    }
  })
}

test('a mount inside the root path replaces it, and one elsewhere is appended to it', async (t) => {
  const { listener } = openApp(t, 'dump_scope', { rootPath: '/outer' })
  const app = express()
  app.use('/outer/inner', listener)
  app.use('/outermost', listener)
  const port = await listen(t, http.createServer(app))
  const roots = { '/outer/inner/x': '/outer/inner', '/outermost/x': '/outer/outermost' }
  for (const [path, root] of Object.entries(roots)) {
    const scope = JSON.parse((await send({ port, path })).body)
    assert.deepEqual([scope.root_path, scope.path], [root, `${root}/x`])
  }
})

test('a rewriter sees the path below the mount', async (t) => {
  const { listener } = openApp(t, 'dump_scope', { rewriter: new PathRewriter('^/old/', '/new/') })
  const app = express()
  app.use('/api', listener)
  const port = await listen(t, http.createServer(app))
  const scope = JSON.parse((await send({ port, path: '/api/old/x' })).body)
  assert.deepEqual([scope.root_path, scope.path], ['/api', '/api/new/x'])
})
