'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { listen, makeFolder, serve } = require('./support')

const APP = `
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"caf\\xe9")]})
    while (await receive())["type"] != "http.disconnect":
        pass
`

test('D7 header bytes are the same when the head is sent long before the body', async (t) => {
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': APP }) })
  t.after(() => handler.close({ timeout: 0 }))
  const port = await listen(t, http.createServer(handler.listener))
  const request = http.get({ host: '127.0.0.1', port })
  const [response] = await once(request, 'response')
  assert.equal(response.headers['x-a'], 'caf\xe9')
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  request.destroy()
})

const ECHOES_PATH = `
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers = [(b"x-path", scope["raw_path"]), (b"x-octets", b"caf\\xe9"), (b"x-twice", b"1"), (b"x-twice", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})
`

test('D6 D7 a repeated head is sent unchanged after any number of other heads', async (t) => {
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': ECHOES_PATH }) })
  t.after(() => handler.close())
  const request = await serve(t, 'http', handler.listener)
  const others = Array.from({ length: 600 }, (_, number) => `/${number}`)
  for (const path of ['/same', '/same', ...others, '/same', `/${'long'.repeat(200)}`, '/same']) {
    const { rawHeaders, body } = await request({ path })
    assert.deepEqual(rawHeaders.slice(0, 8), ['x-path', path, 'x-octets', 'caf\xe9', 'x-twice', '1', 'x-twice', '2'])
    assert.equal(body.toString(), 'ok')
  }
})

test('a middleware that adds to a head adds to that one only', async (t) => {
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': ECHOES_PATH }) })
  t.after(() => handler.close())
  let number = 0
  const request = await serve(t, 'http', (req, res) => {
    const { writeHead } = res
    res.writeHead = (...args) => {
      res.setHeader('x-added', number++)
      return writeHead.apply(res, args)
    }
    handler.listener(req, res)
  })
  for (let round = 0; round < 3; round++) {
    assert.equal((await request({ path: '/' })).headers['x-added'], String(round))
  }
})
