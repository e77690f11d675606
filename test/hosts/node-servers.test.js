'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp, serve } = require('../support')
const { openHostApp } = require('./support')

const read = (response) => JSON.parse(response.body)

for (const protocol of ['http', 'https', 'h2', 'h2c']) {
  test(`over ${protocol} routes of Node come first, and Python is the fallback`, async (t) => {
    const { listener } = openHostApp(t, 'keeps_items')
    const request = await serve(t, protocol, (req, res) => {
      if (req.url === '/native') res.end('"Node"')
      else listener(req, res)
    })
    assert.equal(read(await request({ path: '/native' })), 'Node')
    assert.equal(read(await request({ path: '/other' })).by, 'Python')
  })

  test(`over ${protocol} one path is GET in Node and POST in Python`, async (t) => {
    const { listener } = openHostApp(t, 'keeps_items')
    const request = await serve(t, protocol, (req, res) => {
      if (req.method === 'GET') res.end('"Node"')
      else listener(req, res)
    })
    const path = `/split-${protocol}`
    assert.equal(read(await request({ path })), 'Node')
    const posted = await request({ method: 'POST', path, body: 'item' })
    assert.equal(posted.status, 201)
    assert.deepEqual(read(posted).items, ['item'])
  })

  test(`over ${protocol} the path contains the option rootPath, cut off by the server or not`, async (t) => {
    const { listener } = openApp(t, 'dump_scope', { rootPath: '/api' })
    const request = await serve(t, protocol, (req, res) => {
      if (req.url.startsWith('/api/cut')) req.url = req.url.slice(4)
      listener(req, res)
    })
    for (const path of ['/api/whole/caf%C3%A9', '/api/cut/caf%C3%A9']) {
      const scope = read(await request({ path: `${path}?q=%20` }))
      assert.equal(scope.root_path, '/api')
      assert.equal(scope.path, decodeURIComponent(path))
      assert.deepEqual(scope.raw_path, { bytes: path })
      assert.deepEqual(scope.query_string, { bytes: 'q=%20' })
    }
  })

  test(`over ${protocol} an error of the app goes to next, before the response starts`, async (t) => {
    const { listener } = openApp(t, 'raises')
    const codes = []
    const request = await serve(t, protocol, (req, res) => {
      listener(req, res, (error) => {
        codes.push(error.code)
        res.statusCode = 418
        res.end('from next')
      })
    })
    const response = await request({ path: '/before' })
    assert.equal(response.status, 418)
    assert.equal(response.body.toString(), 'from next')
    await assert.rejects(request({ path: '/after' }))
    assert.equal((await request({ path: '/silent', method: 'POST', body: 'unread' })).status, 418)
    assert.deepEqual(codes, ['ERR_ASGI_PYTHON', 'ERR_ASGI_NO_RESPONSE'])
  })

  test(`over ${protocol} several apps share a server`, async (t) => {
    const apps = { '/items': openHostApp(t, 'keeps_items').listener, '/hello': openApp(t, 'hello').listener }
    const request = await serve(t, protocol, (req, res) => apps[req.url](req, res))
    const [items, hello] = await Promise.all([request({ path: '/items' }), request({ path: '/hello' })])
    assert.equal(read(items).path, '/items')
    assert.equal(hello.body.toString(), 'Hello, World!')
  })
}
