'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')
const path = require('node:path')
const http = require('node:http')
const { listen, makeFolder, openApp, selfSigned, send } = require('../support')
const { serve } = require('./support')

const APP = `
import asyncio

gate = asyncio.Event()

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    path = scope["path"]
    if path == "/go":
        gate.set()
    if path == "/wait":
        gate.clear()
        await gate.wait()
    if path == "/body":
        while (event := await receive())["type"] == "http.request" and event["more_body"]:
            pass
        if event["type"] == "http.disconnect":
            return
    if path == "/turn":
        await asyncio.sleep(0)
    body = path.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
`

/** What comes over a connection until it is closed: the statuses, with the bodies of those that the app has answered. */
async function answers(socket) {
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString('latin1')
  return [...text.matchAll(/HTTP\/1\.1 (\d+) [^]*?\r\n\r\n([^H]*)/g)].map(([, status, body]) => {
    return status === '200' ? `200 ${body}` : status
  })
}

const HOST = 'Host: localhost\r\n'

const CASES = [
  ['bytes after Connection: close', `GET /turn HTTP/1.1\r\n${HOST}Connection: close\r\n\r\nGARBAGE`, ['200 /turn']],
  ['bytes after HTTP/1.0', 'GET /turn HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n', ['200 /turn']],
  [
    'a malformed second request',
    `GET /turn HTTP/1.1\r\n${HOST}\r\nNONSENSE\r\n\r\n`,
    ['200 /turn', '400'],
  ],
  [
    'a malformed fourth request',
    `GET /turn HTTP/1.1\r\n${HOST}\r\nGET /a HTTP/1.1\r\n${HOST}\r\nGET /turn HTTP/1.1\r\n${HOST}\r\nG@T / HTTP/1.1\r\n\r\n`,
    ['200 /turn', '200 /a', '200 /turn', '400'],
  ],
  [
    'a second request with too long a head',
    `GET /turn HTTP/1.1\r\n${HOST}\r\nGET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    ['200 /turn', '431'],
  ],
  ['a malformed request', 'NONSENSE\r\n\r\n', ['400']],
  [
    'a malformed body',
    `POST /body HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nZZ\r\n`,
    ['400'],
  ],
  [
    'a malformed body of a second request',
    `GET /turn HTTP/1.1\r\n${HOST}\r\nPOST /body HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`,
    ['200 /turn', '400'],
  ],
]

function certificate(t) {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  return ['--ssl-certfile', path.join(folder, 'both.pem')]
}

for (
  const [kind, more] of [['http', () => []], ['https', certificate], ['http2', (t) => ['--http2', ...certificate(t)]]]
) {
  test(`serve answers the requests before one that it cannot parse, over ${kind}`, async (t) => {
    const folder = makeFolder(t, { 'answers.py': APP })
    const { port, child, ended } = await serve(t, 'answers:app', ['--app-dir', folder, ...more(t)])
    for (const [name, text, expected] of CASES) {
      const socket = kind === 'http'
        ? net.connect(port, '127.0.0.1')
        : tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      socket.write(text, 'latin1')
      assert.deepEqual(await answers(socket), expected, name)
    }
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })
}

test('a slow response is sent before the refusal of the request after it, however large that is', async (t) => {
  const folder = makeFolder(t, { 'answers.py': APP })
  const { port } = await serve(t, 'answers:app', ['--app-dir', folder])
  const socket = net.connect(port, '127.0.0.1')
  const coming = answers(socket)
  socket.write(`GET /wait HTTP/1.1\r\n${HOST}\r\nNONSENSE\r\n\r\n`)
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => socket.write('MORE NONSENSE\r\n\r\n'.repeat(100), resolve))
  }
  assert.equal((await send({ port, path: '/go' })).status, 200)
  assert.deepEqual(await coming, ['200 /wait', '400'])
})

test('a client that leaves while its refusal waits leaves nothing', async (t) => {
  const folder = makeFolder(t, { 'answers.py': APP })
  const { port, child, ended } = await serve(t, 'answers:app', ['--app-dir', folder])
  const socket = net.connect(port, '127.0.0.1')
  socket.write(`GET /wait HTTP/1.1\r\n${HOST}\r\nNONSENSE\r\n\r\n`)
  await send({ port, path: '/turn' })
  socket.destroy()
  await once(socket, 'close')
  assert.equal((await send({ port, path: '/go' })).status, 200)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assert.doesNotMatch(stderr, /Error/)
})

test('the same in a server of one’s own', async (t) => {
  const docroot = makeFolder(t, { 'answers_there.py': APP })
  const handler = openApp(t, 'answers_there', { docroot })
  const server = http.createServer(handler.listener)
  server.on('clientError', handler.clientError)
  const port = await listen(t, server)
  for (const [name, text, expected] of CASES) {
    const socket = net.connect(port, '127.0.0.1')
    socket.write(text, 'latin1')
    assert.deepEqual(await answers(socket), expected, name)
  }
})
