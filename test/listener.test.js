'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { PathRewriter } = require('..')
const { listen, openApp, quiet, send, sendHTTP2, serve, temporaryFolder } = require('./support')

const PROTOCOLS = [
  { protocol: 'http', scheme: 'http', version: '1.1' },
  { protocol: 'https', scheme: 'https', version: '1.1' },
  { protocol: 'h2c', scheme: 'http', version: '2' },
  { protocol: 'h2', scheme: 'https', version: '2' },
]

const scopeOf = (response) => JSON.parse(response.body)

/** The values of a header in a scope, in order. */
function valuesOf(scope, name) {
  return scope.headers.filter(([each]) => each.bytes === name).map(([, value]) => value.bytes)
}

for (const { protocol, scheme, version } of PROTOCOLS) {
  test(`B1 B4 B5 B7 B8 B10 B11 the scope describes a request over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
    const response = await request({ method: 'GET', path: '/a%20b/%C3%A9?c=%20d', headers: { 'X-Kind': 'test' } })
    assert.equal(response.status, 200)
    assert.equal(response.headers['content-type'], 'application/json')
    const scope = scopeOf(response)
    assert.equal(scope.type, 'http')
    assert.equal(scope.http_version, version)
    assert.equal(scope.method, 'GET')
    assert.equal(scope.scheme, scheme)
    assert.equal(scope.path, '/a b/é')
    assert.deepEqual(scope.raw_path, { bytes: '/a%20b/%C3%A9' })
    assert.deepEqual(scope.query_string, { bytes: 'c=%20d' })
    assert.equal(scope.root_path, '')
    assert.deepEqual(valuesOf(scope, 'x-kind'), ['test'])
  })

  test(`B22 B23 client and server are the addresses of the connection over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'dump_scope').listener)
    const { client, server } = scopeOf(await request({ path: '/' }))
    assert.equal(client[0], '127.0.0.1')
    assert.equal(typeof client[1], 'number')
    assert.equal(server[0], '127.0.0.1')
    assert.equal(typeof server[1], 'number')
    assert.deepEqual(scopeOf(await request({ path: '/' })).client, client)
  })

  for (const size of [0, 1, 65536, 10 * 1024 * 1024]) {
    test(`C2 C3 a body of ${size} bytes goes to the app and back over ${protocol}`, async (t) => {
      const request = await serve(t, protocol, openApp(t, 'echo_stream').listener)
      const body = Buffer.alloc(size, 'python-node ')
      const response = await request({ method: 'POST', path: '/', body })
      assert.equal(response.status, 200)
      assert.ok(response.body.equals(body))
    })
  }

  test(`C4 a request without a body is one empty event over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'list_events').listener)
    const response = await request({ path: '/' })
    assert.deepEqual(JSON.parse(response.body), [{ type: 'http.request', body: '', more_body: false }])
  })

  test(`C13 an answer before the end of the upload leaves the connection usable over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'answer_early').listener)
    for (let i = 0; i < 3; i++) {
      const response = await request({ method: 'POST', path: '/', body: Buffer.alloc(1024 * 1024) })
      assert.equal(response.status, 413)
      assert.equal(response.body.toString(), 'early')
    }
  })

  for (const status of [200, 299, 404, 418, 503, 599]) {
    test(`D1 D3 status ${status} passes unchanged over ${protocol}`, async (t) => {
      const request = await serve(t, protocol, openApp(t, 'send_status').listener)
      const response = await request({ path: `/${status}` })
      assert.equal(response.status, status)
      assert.equal(response.body.toString(), 'body')
    })
  }

  for (const [id, method, target] of [['D25', 'HEAD', '/200'], ['D26', 'GET', '/204'], ['D26', 'POST', '/304']]) {
    test(`${id} ${method} ${target} has no body, and its headers, over ${protocol}`, async (t) => {
      const request = await serve(t, protocol, openApp(t, 'send_status').listener)
      for (const each of [target, `${target}/stream`]) {
        const response = await request({ method, path: each })
        assert.equal(response.status, Number(target.slice(1)))
        assert.equal(response.headers['x-kept'], 'yes')
        assert.equal(response.body.length, 0)
      }
      assert.equal((await request({ path: '/200/stream' })).body.toString(), 'firstbody')
    })
  }

  test(`D6 D7 D8 D9 the app's headers reach the client over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'send_headers').listener)
    const { headers, body } = await request({ path: '/' })
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(headers['x-octets'], 'caf\xe9')
    assert.equal(headers['x-upper'], 'yes')
    assert.notEqual(headers['transfer-encoding'], 'gzip')
    assert.notEqual(headers['keep-alive'], 'timeout=99')
    assert.equal(body.toString(), 'ok')
  })

  test(`D19 D21 an error before the response starts is status 500 over ${protocol}`, async (t) => {
    const said = quiet(t)
    const request = await serve(t, protocol, openApp(t, 'raises').listener)
    for (const target of ['/before', '/silent']) {
      const response = await request({ path: target })
      assert.equal(response.status, 500)
      assert.match(response.headers['content-type'], /^text\/plain/)
      assert.equal(response.body.toString(), 'Internal Server Error')
    }
    assert.equal((await request({ method: 'HEAD', path: '/before' })).status, 500)
    assert.match(said[0].join(' '), /ValueError: not today/)
    assert.equal(said.length, 3)
  })

  test(`D20 D22 an error in the middle of the body is no clean end over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'raises').listener)
    for (const target of ['/after', '/short']) await assert.rejects(request({ path: target }))
  })

  test(`I17 I18 trailers reach a client that takes them over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'send_trailers').listener)
    const taking = await request({ path: '/', headers: { te: 'trailers' } })
    assert.equal(taking.body.toString(), 'firstlast')
    assert.equal(taking.trailers['x-checksum'], '42')
    const refusing = await request({ path: '/' })
    assert.equal(refusing.body.toString(), 'firstlast')
    assert.equal(refusing.trailers['x-checksum'], undefined)
  })

  test(`a request over maxConcurrency is refused with 503 over ${protocol}`, async (t) => {
    const handler = openApp(t, 'notice_disconnect', { maxConcurrency: 1 })
    const request = await serve(t, protocol, handler.listener)
    const key = `busy-${protocol}`
    const first = await handler.handleStream({ url: `/stream/${key}` })
    const response = await request({ path: `/seen/${key}` })
    assert.equal(response.status, 503)
    assert.equal(response.body.toString(), 'Service Unavailable')
    first.destroy()
  })

  test(`a closed handler answers 503 over ${protocol}`, async (t) => {
    const handler = openApp(t, 'hello')
    const request = await serve(t, protocol, handler.listener)
    assert.equal((await request({ path: '/' })).body.toString(), 'Hello, World!')
    await handler.close()
    assert.equal((await request({ path: '/' })).status, 503)
  })

  test(`a rewriter changes what the app sees over ${protocol}`, async (t) => {
    const rewriter = new PathRewriter('^/old', '/new')
    const request = await serve(t, protocol, openApp(t, 'dump_scope', { rewriter }).listener)
    const scope = scopeOf(await request({ path: '/old/1?q', headers: { 'x-a': ['1', '2'] } }))
    assert.equal(scope.path, '/new/1')
    assert.deepEqual(scope.query_string, { bytes: 'q' })
    assert.equal(scope.scheme, protocol === 'http' || protocol === 'h2c' ? 'http' : 'https')
    assert.equal(valuesOf(scope, 'host').length, 1)
  })
}

test('B15 B16 B17 B18 raw headers keep order, duplicates and octets, and names become lower-case', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'dump_scope').listener)
  const headers = ['Host', 'example.com', 'X-B', '1', 'X-A', 'caf\xe9', 'X-B', '2', 'Accept', 'a', 'Accept', 'b']
  const scope = scopeOf(await request({ path: '/', headers, setHost: false }))
  const sent = scope.headers.map(([name, value]) => [name.bytes, value.bytes]).slice(0, 6)
  assert.deepEqual(sent, [
    ['host', 'example.com'],
    ['x-b', '1'],
    ['x-a', 'caf\xe9'],
    ['x-b', '2'],
    ['accept', 'a'],
    ['accept', 'b'],
  ])
})

test('B4 HTTP/1.0 is version 1.0, and the connection ends with the body', async (t) => {
  const port = await listen(t, http.createServer(openApp(t, 'dump_scope').listener))
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.0\r\n\r\n')
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  const [, body] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n')
  const scope = JSON.parse(body)
  assert.equal(scope.http_version, '1.0')
  assert.deepEqual(scope.headers, [])
})

test('B8 a request target in absolute form is a path for the app', async (t) => {
  const port = await listen(t, http.createServer(openApp(t, 'dump_scope').listener))
  const response = await send({ port, path: 'http://example.com/a/b?c' })
  const scope = scopeOf(response)
  assert.equal(scope.path, '/a/b')
  assert.deepEqual(scope.query_string, { bytes: 'c' })
})

test('B23 over a Unix socket the server is its path and there is no client', async (t) => {
  const folder = temporaryFolder(t)
  const socketPath = path.join(folder, 'socket')
  await listen(t, http.createServer(openApp(t, 'dump_scope').listener), socketPath)
  const scope = scopeOf(await send({ host: undefined, socketPath, path: '/' }))
  assert.equal(scope.client, null)
  assert.deepEqual(scope.server, [socketPath, null])
})

test('B26 a chunked request body arrives without its chunk framing', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'echo_stream').listener)
  const headers = { 'transfer-encoding': 'chunked' }
  const response = await request({ method: 'PUT', path: '/', headers, body: 'abc' })
  assert.equal(response.body.toString(), 'abc')
})

test('D6 headers and their duplicates keep their order on the wire', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'send_headers').listener)
  const { rawHeaders } = await request({ path: '/' })
  assert.deepEqual(rawHeaders.slice(0, 12), [
    ...['x-first', '1', 'set-cookie', 'a=1', 'x-octets', 'caf\xe9', 'set-cookie', 'b=2', 'x-upper', 'yes'],
    ...['x-last', '1'],
  ])
})

test('a response without a content-length is chunked', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'send_headers').listener)
  const { headers } = await request({ path: '/' })
  assert.equal(headers['transfer-encoding'], 'chunked')
  assert.equal(headers['content-length'], undefined)
  const withLength = await serve(t, 'http', openApp(t, 'hello').listener)
  const response = await withLength({ path: '/' })
  assert.equal(response.headers['content-length'], '13')
  assert.equal(response.headers['transfer-encoding'], undefined)
})

test("the app's connection: close ends the connection", async (t) => {
  const request = await serve(t, 'http', openApp(t, 'send_headers').listener)
  assert.equal((await request({ path: '/' })).headers.connection, 'keep-alive')
  assert.equal((await request({ path: '/close' })).headers.connection, 'close')
})

test('requests that a client sends without waiting are answered in order', async (t) => {
  const port = await listen(t, http.createServer(openApp(t, 'send_status').listener))
  const socket = net.connect(port, '127.0.0.1')
  const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`
  socket.write(get('/201') + get('/202/stream') + get('/203', 'connection: close\r\n'))
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  const statuses = Buffer.concat(chunks).toString('latin1').match(/HTTP\/1\.1 \d+/g)
  assert.deepEqual(statuses, ['HTTP/1.1 201', 'HTTP/1.1 202', 'HTTP/1.1 203'])
})

test('headers that were set before the listener are kept, and replaced by those of the app', async (t) => {
  const { listener } = openApp(t, 'send_headers')
  const port = await listen(
    t,
    http.createServer((req, res) => {
      res.setHeader('x-before', 'kept')
      res.setHeader('x-first', 'replaced')
      listener(req, res)
    }),
  )
  const { headers } = await send({ port, path: '/' })
  assert.equal(headers['x-before'], 'kept')
  assert.equal(headers['x-first'], '1')
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
})

test('with next an error of the app goes there, before the response starts', async (t) => {
  const { listener } = openApp(t, 'raises')
  const errors = []
  const port = await listen(
    t,
    http.createServer((req, res) => {
      listener(req, res, (error) => {
        errors.push(error)
        res.writeHead(418).end()
      })
    }),
  )
  assert.equal((await send({ port, path: '/before' })).status, 418)
  assert.equal((await send({ port, path: '/silent' })).status, 418)
  assert.match(errors[0].message, /ValueError: not today$/)
  assert.equal(errors[0].code, 'ERR_ASGI_PYTHON')
  assert.equal(errors[1].code, 'ERR_ASGI_NO_RESPONSE')
  await assert.rejects(send({ port, path: '/after' }))
  assert.equal(errors.length, 2)
})

test('B19 B20 pseudo headers never appear, and :authority becomes the host header at the start of the list', async (t) => {
  const port = await listen(t, http2.createServer(openApp(t, 'dump_scope').listener))
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => session.destroy())
  const headers = { ':path': '/', ':authority': 'example.com', 'x-a': '1', host: 'other.example' }
  const scope = scopeOf(await sendHTTP2(session, headers))
  assert.deepEqual(scope.headers[0], [{ bytes: 'host' }, { bytes: 'example.com' }])
  assert.deepEqual(valuesOf(scope, 'host'), ['example.com'])
  assert.deepEqual(valuesOf(scope, 'x-a'), ['1'])
  assert.equal(scope.headers.some(([name]) => name.bytes.startsWith(':')), false)
})

test('B21 split Cookie headers of HTTP/2 are delivered unchanged', async (t) => {
  const request = await serve(t, 'h2c', openApp(t, 'dump_scope').listener)
  const scope = scopeOf(await request({ path: '/', headers: { cookie: ['a=1', 'b=2'] } }))
  assert.deepEqual(valuesOf(scope, 'cookie'), ['a=1', 'b=2'])
})
