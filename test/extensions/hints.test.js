'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const http2 = require('node:http2')
const { once } = require('node:events')
const { test } = require('node:test')
const { listen, openApp } = require('../support')

const LATE = '</late.css>; rel=preload'

test('I15 links of early hints go out as 103 before the response, many times', async (t) => {
  const handler = openApp(t, 'send_hints')
  const port = await listen(t, http.createServer(handler.listener))
  const request = http.get({ host: '127.0.0.1', port })
  const hints = []
  request.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers.link]))
  const [response] = await once(request, 'response')
  const body = JSON.parse(await text(response))
  assert.deepEqual(hints.slice(0, 2), [
    [103, '</a.css>; rel=preload; as=style'],
    [103, '</b.js>; rel=preload, </c.js>; rel=preload'],
  ])
  assert.ok(!hints.slice(2).some(([, link]) => link !== LATE))
  assert.equal(body.offered, true)
  assert.deepEqual(body.results, ['sent', 'sent', "TypeError: 'links' must be bytes, got 'str'"])
})

test('I15 early hints go over HTTP/2', async (t) => {
  const handler = openApp(t, 'send_hints')
  const port = await listen(t, http2.createServer(handler.listener))
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => session.destroy())
  const request = session.request({ ':path': '/' })
  const hints = []
  request.on('headers', (headers) => hints.push([headers[':status'], headers.link]))
  const [head] = await once(request, 'response')
  assert.equal(head[':status'], 200)
  assert.equal(JSON.parse(await text(request)).offered, true)
  assert.deepEqual(hints[0], [103, '</a.css>; rel=preload; as=style'])
})

test('I15 early hints are not offered where there is no wire, and raise', async (t) => {
  const handler = openApp(t, 'send_hints')
  const { body } = await handler.handleRequest({ url: '/' })
  const { offered, results } = JSON.parse(body)
  assert.equal(offered, false)
  assert.match(results[0], /^RuntimeError: Expected ASGI message 'http.response.start'/)
})

async function text(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
