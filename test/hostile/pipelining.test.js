'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { responsesIn } = require('../fuzz/sockets')
const { run } = require('../serve/support')
const { docroot, exchange, handshake, serveHostile } = require('./support')
const { until } = require('../support')

const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`
const CLOSE = 'Connection: close\r\n'

/** Where the same octets go: the command, and one's own server. Both give `{ port }` of an app of Fixtures/fuzz. */
const servers = {
  serve: async (t, name, args = []) => {
    const running = run(t, ['serve', `${name}:app`, '--app-dir', docroot, '--port', '0', ...args])
    const [, url] = await running.says(/"?Listening on ([^\s"]+)/)
    return { ...running, port: Number(new URL(url).port) }
  },
  workers: (t, name) => servers.serve(t, name, ['--workers', '2']),
  "one's own server": (t, name) => serveHostile(t, name),
}

/** The responses that come for such octets. */
async function answers(port, text) {
  return responsesIn(Buffer.from(await exchange(port, text), 'latin1'))
}

const UPGRADES = {
  'another protocol': get('/second', 'Connection: Upgrade\r\nUpgrade: foo\r\n'),
  'HTTP/2': get('/second', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
  'another protocol with a body':
    'POST /second HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 3\r\n\r\nabc',
}

for (const where of ['serve', 'workers']) {
  for (const [what, text] of Object.entries(UPGRADES)) {
    test(`a pipelined request for ${what} is an ordinary request: ${where}`, async (t) => {
      const { port } = await servers[where](t, 'tells_path')
      const found = await answers(port, get('/first') + text)
      assert.deepEqual(found.map(({ status }) => status), [200, 200])
      const bodies = found.map(({ body }) => String(body))
      assert.deepEqual(bodies, ['GET /first 0', text.startsWith('POST') ? 'POST /second 3' : 'GET /second 0'])
      // The server lives on.
      assert.equal((await answers(port, get('/next', CLOSE)))[0].status, 200)
    })
  }
}

for (const where of Object.keys(servers)) {
  test(`a pipelined WebSocket opens after the response before it, with its early data: ${where}`, async (t) => {
    const { port } = await servers[where](t, 'tells_path')
    const message = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    const close = Buffer.from([0x88, 0x80, 0, 0, 0, 0])
    const socket = net.connect(port, '127.0.0.1')
    socket.setEncoding('latin1').write(Buffer.concat([Buffer.from(get('/slow') + handshake('/socket')), message]))
    let received = ''
    for await (const text of socket) {
      received += text
      // Asks for the end once the message is back.
      if (received.endsWith('hi')) socket.write(close)
    }
    const at = received.indexOf('HTTP/1.1 101 ')
    assert.ok(at > 0, received)
    assert.equal(String(responsesIn(Buffer.from(received.slice(0, at), 'latin1'))[0].body), 'GET /slow 0')
    assert.ok(received.endsWith('\r\n\r\n\x81\x02hi\x88\x00'), received)
  })

  test(`a pipelined handshake that is malformed is refused after the response before it: ${where}`, async (t) => {
    const { port } = await servers[where](t, 'tells_path')
    const malformed = handshake('/socket').replace(/Sec-WebSocket-Key: .*\r\n/, '')
    const found = await answers(port, get('/slow') + malformed)
    assert.deepEqual(found.map(({ status }) => status), [200, 400])
  })

  test(`pipelined requests are started one at a time, in order: ${where}`, async (t) => {
    const { port } = await servers[where](t, 'tells_path')
    const paths = ['/slow', '/a', '/slow', '/b', '/together']
    const found = await answers(port, paths.map((path, at) => get(path, at === 4 ? CLOSE : '')).join(''))
    assert.deepEqual(found.map(({ body }) => String(body)), [...paths.slice(0, 4).map((path) => `GET ${path} 0`), '1'])
  })
}

/** How many other requests are under way, as the app says. */
const others = async (port) => String((await answers(port, get('/others', CLOSE)))[0].body)

test('pipelined requests whose client has left are not kept, and serve ends at once', async (t) => {
  const { child, ended, port } = await servers.serve(t, 'tells_path')
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(get('/held') + get('/never').repeat(1000))
  await once(socket, 'connect')
  // The first request is under way.
  await until(async () => await others(port) === '1', 'the first request is under way')
  socket.resetAndDestroy()
  await until(async () => await others(port) === '0', 'no request is under way')
  child.kill('SIGTERM')
  const { code, stderr, stdout } = await ended
  assert.equal(code, 0)
  // Nothing was waited for.
  assert.doesNotMatch(stdout + stderr, /still|abandon|cancel/i)
})

test('a connection is not read further while its requests wait, and then it is', async (t) => {
  const { port, server } = await serveHostile(t, 'tells_path')
  const connected = once(server, 'connection')
  const socket = net.connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  const [connection] = await connected
  socket.write(get('/held') + get('/x').repeat(100_000))
  await until(async () => await others(port) === '1', 'the first request is under way')
  // Each answer is a turn in which more could be read.
  for (let turn = 0; turn < 50; turn++) await answers(port, get('/y', CLOSE))
  const { bytesRead } = connection
  assert.ok(bytesRead < 512 << 10, `${bytesRead} bytes were read`)
  await answers(port, get('/release', CLOSE))
  socket.resume()
  while (connection.bytesRead < bytesRead + (256 << 10)) await once(socket, 'data')
})

for (const chunk of [1000, 10_000, 100_000]) {
  test(`a connection is read on after a long upload with a request right after it: chunks of ${chunk}`, async (t) => {
    const { port } = await serveHostile(t, 'tells_path')
    const socket = net.connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    const body = `${chunk.toString(16)}\r\n${'x'.repeat(chunk)}\r\n`.repeat(100_000 / chunk)
    const upload = `POST /slow HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`
    socket.write(upload + get('/second'))
    const bodies = []
    let received = Buffer.alloc(0)
    for await (const bytes of socket) {
      received = Buffer.concat([received, bytes])
      const found = responsesIn(received).map(({ body }) => String(body))
      if (found.length === 2 && bodies.length < 2) socket.write(get('/third', CLOSE))
      bodies.splice(0, Infinity, ...found)
    }
    assert.deepEqual(bodies, ['POST /slow 100000', 'GET /second 0', 'GET /third 0'])
  })
}

test('serve takes as many headers as their bytes allow', async (t) => {
  const { port } = await servers.serve(t, 'tells_path')
  const names = Array.from({ length: 2500 }, (_, at) => `${at.toString(36)}:\r\n`).join('')
  const head = `POST /many HTTP/1.1\r\nHost: localhost\r\n${names}Content-Length: 3\r\n${CLOSE}\r\nabc`
  const [{ status, body }] = await answers(port, head)
  assert.deepEqual([status, String(body)], [200, 'POST /many 3'])
})

for (const version of ['2.0', '0.9']) {
  test(`a version other than HTTP/1 is refused: ${version}`, async (t) => {
    const { handler, port } = await serveHostile(t, 'tells_path')
    const [{ status }] = await answers(port, `GET / HTTP/${version}\r\nHost: localhost\r\n\r\n`)
    assert.equal(status, 400)
    assert.equal(handler.stats().requests, 0)
  })
}

test("one's own server refuses more headers than Node keeps", async (t) => {
  const { port } = await serveHostile(t, 'tells_path', { server: { maxHeaderSize: 1 << 20 } })
  const names = Array.from({ length: 1100 }, (_, at) => `x-${at}: 1\r\n`).join('')
  const head = `POST /many HTTP/1.1\r\nHost: localhost\r\n${names}Content-Length: 3\r\n${CLOSE}\r\nabc`
  const [{ status }] = await answers(port, head)
  assert.equal(status, 431)
})
