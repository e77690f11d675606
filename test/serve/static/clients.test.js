'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const path = require('node:path')
const { describe, test } = require('node:test')
const { listen, makeFolder, sendHTTP2, until } = require('../../support')
const { OpenFile } = require('../../../js/serve/static/open-file')
const { allClosed, serveFolder } = require('./support')

/** More than sockets and buffers hold. */
const SIZE = 64 << 20

/** Serves a large file over both protocols; `begin` asks for it and reads nothing of its body. */
async function serveLarge(t, protocol) {
  const folder = makeFolder(t, { large: '' })
  const file = path.join(folder, 'large')
  fs.truncateSync(file, SIZE)
  const served = await serveFolder(t, folder)
  const responses = []
  const answer = (req, res) => {
    responses.push(res)
    served.answer(req, res)
  }
  const server = protocol === 'HTTP/2' ? http2.createServer(answer) : http.createServer(answer)
  const port = await listen(t, server)
  return { ...served, file, responses, begin: () => (protocol === 'HTTP/2' ? beginHTTP2(t, port) : beginHTTP1(port)) }
}

async function beginHTTP1(port) {
  const request = http.get({ port, host: '127.0.0.1', path: '/static/large', agent: false })
  const [response] = await once(request, 'response')
  return { body: response, leave: () => response.destroy() }
}

async function beginHTTP2(t, port) {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => session.destroy())
  const stream = session.request({ ':path': '/static/large' })
  await once(stream, 'response')
  return { body: stream, leave: () => stream.close(http2.constants.NGHTTP2_CANCEL) }
}

/** Waits until a response holds as much as it may. */
async function full(res) {
  await until(() => (res.stream ?? res).writableNeedDrain, 'the response waits for its client')
}

/** Reads to the end; gives the number of bytes, and the error, if there is one. */
async function read(body) {
  let bytes = 0
  try {
    for await (const chunk of body) bytes += chunk.length
  } catch (error) {
    return { bytes, error }
  }
  return { bytes, error: null }
}

for (const protocol of ['HTTP/1', 'HTTP/2']) {
  describe(protocol, () => {
    test('a slow client has little of a file held for it, and gets all of it', async (t) => {
      const { begin, responses } = await serveLarge(t, protocol)
      const { body } = await begin()
      const [res] = responses
      await full(res)
      assert.ok((res.stream ?? res).writableLength <= 256 << 10, `${(res.stream ?? res).writableLength} bytes wait`)
      assert.equal(OpenFile.count, 1)
      assert.deepEqual(await read(body), { bytes: SIZE, error: null })
      await allClosed()
    })

    test('the file of a client that leaves is closed', async (t) => {
      const { begin, responses, errors } = await serveLarge(t, protocol)
      const { leave, body } = await begin()
      body.on('error', () => {})
      await full(responses[0])
      leave()
      await allClosed()
      assert.deepEqual(errors, [])
    })

    test('a file that becomes shorter ends the response, incomplete', async (t) => {
      const { begin, responses, errors, file } = await serveLarge(t, protocol)
      const { body } = await begin()
      await full(responses[0])
      fs.truncateSync(file, 10)
      const { bytes, error } = await read(body)
      assert.ok(error !== null && bytes < SIZE, `${bytes} bytes`)
      await allClosed()
      assert.match(errors.join(), /large was sent in part: the file became shorter, \d+ bytes are missing/)
    })

    test('a file that becomes longer keeps its first length', async (t) => {
      const { begin, responses, file } = await serveLarge(t, protocol)
      const { body } = await begin()
      await full(responses[0])
      fs.truncateSync(file, SIZE + 1000)
      assert.deepEqual(await read(body), { bytes: SIZE, error: null })
      await allClosed()
    })
  })
}

test('clients that leave while a file is looked for leave nothing open', async (t) => {
  const { port } = await serveFolder(t, makeFolder(t, { 'a.txt': 'a', 'a.txt.gz': 'b' }))
  await Promise.all(Array.from({ length: 50 }, async (_, at) => {
    const request = http.get({
      port,
      host: '127.0.0.1',
      path: '/static/a.txt',
      agent: false,
      headers: {
        'accept-encoding': 'gzip',
      },
    })
    request.on('error', () => {})
    const [socket] = await once(request, 'socket')
    await once(socket, 'connect')
    // Now and then the answer has begun.
    for (let turn = 0; turn < at % 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    request.destroy()
  }))
  await allClosed()
})

test('HTTP/2 has types, ranges, conditions and HEAD as HTTP/1 has', async (t) => {
  const { answer } = await serveFolder(t, makeFolder(t, { 'a.css': '0123456789' }))
  const port = await listen(t, http2.createServer(answer))
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => session.destroy())
  const ask = (headers) => sendHTTP2(session, { ':path': '/static/a.css', ...headers })
  const { status, headers, body } = await ask({})
  assert.deepEqual([status, headers['content-type'], body.toString()], [200, 'text/css; charset=utf-8', '0123456789'])
  const part = await ask({ range: 'bytes=2-4' })
  assert.deepEqual([part.status, part.headers['content-range'], part.body.toString()], [206, 'bytes 2-4/10', '234'])
  assert.equal((await ask({ 'if-none-match': headers.etag })).status, 304)
  const head = await ask({ ':method': 'HEAD' })
  assert.deepEqual([head.headers['content-length'], head.body.length], ['10', 0])
  assert.equal((await ask({ ':method': 'DELETE' })).status, 405)
  assert.equal((await ask({ ':path': '/static/../a.css' })).status, 404)
  assert.equal((await ask({ ':path': '/other' })).status, 299)
  await allClosed()
})
