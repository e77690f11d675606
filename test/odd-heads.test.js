'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { withHeadersHTTP2 } = require('../js/http/default-headers')
const { listen, openApp, quiet, serve } = require('./support')

const http2 = require('node:http2')

function path(given) {
  return `/?${encodeURIComponent(JSON.stringify(given))}`
}

/** Every name that some Node sends once, and others. */
const NAMES = [
  ...Object.entries(http2.constants)
    .filter(([key]) => key.startsWith('HTTP2_HEADER_'))
    .map(([, name]) => name)
    .filter((name) => !name.startsWith(':') && name !== 'content-length'),
  'x-other',
]

test('an app may send any header twice over HTTP/2, as over HTTP/1', async (t) => {
  const handler = openApp(t, 'sends_given_head')
  const old = await serve(t, 'http', handler.listener)
  const request = await serve(t, 'h2c', handler.listener)
  for (const name of NAMES) {
    const target = path({ headers: [[name, 'first'], [name, 'second']] })
    // A trailer is announced for chunks only, there.
    if (name !== 'trailer') assert.equal((await old({ path: target })).status, 200, name)
    const { status, headers, body } = await request({ path: target })
    assert.equal(status, 200, name)
    assert.equal(body.toString(), 'ok', name)
    if (headers[name] !== undefined) assert.match(String(headers[name]), /^first/, name)
  }
})

test('trailers may be sent twice over HTTP/2', async (t) => {
  const handler = openApp(t, 'sends_given_head')
  const request = await serve(t, 'h2c', handler.listener)
  for (const name of NAMES) {
    const target = path({ headers: [], trailers: [[name, 'first'], [name, 'second'], ['x-last', '1']] })
    const { status, trailers } = await request({ path: target, headers: { te: 'trailers' } })
    assert.equal(status, 200, name)
    assert.equal(trailers['x-last'], '1', name)
  }
})

test('headers that a server adds meet the same ones of the app over HTTP/2', async (t) => {
  const handler = openApp(t, 'sends_given_head')
  const added = [['Age', '1'], ['age', '2'], ['X-Content-Type-Options', 'nosniff'], ['Via', 'one'], ['Date', 'today']]
  const Http2ServerResponse = withHeadersHTTP2(http2.Http2ServerResponse, added)
  const server = http2.createServer({ Http2ServerResponse }, (req, res) => {
    if (req.url === '/own') res.writeHead(200, { age: '5', 'content-type': 'text/plain' }).end('own')
    else handler.listener(req, res)
  })
  const port = await listen(t, server)
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => session.destroy())
  const ask = async (target) => {
    const stream = session.request({ ':path': target })
    const [headers] = await once(stream, 'response')
    stream.resume()
    await once(stream, 'end')
    return headers
  }
  const alone = await ask(path({ headers: [] }))
  assert.deepEqual([alone[':status'], alone.age, alone.via, alone.date], [200, '1', 'one', 'today'])
  const both = await ask(
    path({ headers: [['age', '7'], ['age', '8'], ['via', 'two'], ['x-content-type-options', 'no']] }),
  )
  assert.deepEqual([both[':status'], both.age, both.via], [200, '7', 'one, two'])
  assert.equal(both['x-content-type-options'], 'no')
  const own = await ask('/own')
  assert.deepEqual([own[':status'], own.age, own.via, own['content-type']], [200, '5', 'one', 'text/plain'])
})

/** What comes over a connection for a request, until it is closed. */
async function raw(port, text) {
  const socket = net.connect(port, '127.0.0.1')
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

test('a head that Node refuses becomes a 500 with the words of one', async (t) => {
  quiet(t)
  const handler = openApp(t, 'sends_given_head')
  const target = path({ headers: [['trailer', 'x-a'], ['content-length', '2']] })
  const ask = `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`
  const plain = await listen(t, http.createServer(handler.listener))
  assert.match(await raw(plain, ask), /^HTTP\/1\.1 500 Internal Server Error\r\n/)
  // The code that responds instead finds the response unchanged.
  const seen = []
  const other = await listen(
    t,
    http.createServer((req, res) => {
      handler.listener(req, res, () => {
        seen.push(res.statusCode, res.statusMessage)
        res.statusCode = 502
        res.end()
      })
    }),
  )
  assert.match(await raw(other, ask), /^HTTP\/1\.1 502 Bad Gateway\r\n/)
  assert.deepEqual(seen, [200, undefined])
})
