'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const { test } = require('node:test')
const { docroot, listen, openApp, send, until } = require('./support')
const { serve } = require('./serve/support')

/**
 * Sends the head of a request, and its body when the server asks for it.
 *
 * @returns {Promise<{ asked: boolean, status: number, body: string, headers: object }>}
 */
function ask(port, path, { sendsAnyway = false } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      port,
      path,
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 4 },
      agent: false,
    })
    let asked = false
    request.on('continue', () => {
      asked = true
      if (!sendsAnyway) request.end('body')
    })
    request.on('response', (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status, headers } = response
        resolve({ asked, status, headers, body: Buffer.concat(chunks).toString() })
      })
    })
    request.on('error', reject)
    request.flushHeaders()
    if (sendsAnyway) request.end('body')
  })
}

/** As ask, over HTTP/2. */
async function askHTTP2(session, path) {
  const stream = session.request({ ':path': path, ':method': 'POST', expect: '100-continue' })
  let asked = false
  stream.on('continue', () => {
    asked = true
    stream.end('body')
  })
  const chunks = []
  stream.on('data', (chunk) => chunks.push(chunk))
  const [headers] = await once(stream, 'response')
  await once(stream, 'end')
  stream.close()
  return { asked, status: headers[':status'], body: Buffer.concat(chunks).toString() }
}

/** A server of one's own that leaves it to the app when a body may come. */
async function own(t, handler, create = http.createServer) {
  const server = create(handler.listener)
  server.on('checkContinue', handler.listener)
  return listen(t, server)
}

test('100 Continue is sent when the app reads the body, and not when it refuses', async (t) => {
  const port = await own(t, openApp(t, 'reads_body_when'))
  const read = await ask(port, '/reads')
  assert.deepEqual([read.asked, read.status, read.body], [true, 200, 'body'])
  const refused = await ask(port, '/refuses')
  assert.deepEqual([refused.asked, refused.status, refused.body], [false, 413, 'too large'])
  // The server cannot know whether the body will follow.
  assert.equal(refused.headers.connection, 'close')
})

test('a client is asked no sooner than the app reads', async (t) => {
  const handler = openApp(t, 'reads_body_when')
  const port = await own(t, handler)
  let asked = false
  const request = http.request({
    port,
    path: '/asks/1',
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 4 },
  })
  request.on('continue', () => {
    asked = true
    request.end('body')
  })
  request.flushHeaders()
  await until(() => handler.stats().requests === 1, 'the app has the request')
  // What was written for it before would be here by now.
  await send({ port, path: '/refuses' })
  assert.equal(asked, false)
  await handler.handleRequest({ url: '/go/1' })
  const [response] = await once(request, 'response')
  response.resume()
  assert.equal(response.statusCode, 200)
  assert.equal(asked, true)
})

test('a client that does not wait to be asked is read all the same', async (t) => {
  const port = await own(t, openApp(t, 'reads_body_when'))
  const { status, body } = await ask(port, '/reads', { sendsAnyway: true })
  assert.deepEqual([status, body], [200, 'body'])
})

test('nothing is asked in the middle of a response', async (t) => {
  const port = await own(t, openApp(t, 'reads_body_when'))
  const { asked, body } = await ask(port, '/starts', { sendsAnyway: true })
  assert.deepEqual([asked, body], [false, 'begun body'])
})

test('a server that leaves 100 Continue to Node sends it for each request', async (t) => {
  const port = await listen(t, http.createServer(openApp(t, 'reads_body_when').listener))
  for (const path of ['/reads', '/refuses']) assert.equal((await ask(port, path)).asked, true)
})

test('over HTTP/2 a client is asked when the app reads', async (t) => {
  const handler = openApp(t, 'reads_body_when')
  for (
    const [port, isAsked] of [
      [await own(t, handler, http2.createServer), false],
      [await listen(t, http2.createServer(handler.listener)), true],
    ]
  ) {
    const session = http2.connect(`http://127.0.0.1:${port}`)
    t.after(() => session.destroy())
    assert.deepEqual(await askHTTP2(session, '/reads'), { asked: true, status: 200, body: 'body' })
    assert.deepEqual(await askHTTP2(session, '/refuses'), { asked: isAsked, status: 413, body: 'too large' })
  }
})

test('serve asks for a body when the app reads it', async (t) => {
  const { port } = await serve(t, 'reads_body_when:app', ['--app-dir', docroot])
  const read = await ask(port, '/reads')
  assert.deepEqual([read.asked, read.status, read.body], [true, 200, 'body'])
  const refused = await ask(port, '/refuses')
  assert.deepEqual([refused.asked, refused.status], [false, 413])
})
