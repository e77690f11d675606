'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { listen, makeFolder } = require('./support')

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
