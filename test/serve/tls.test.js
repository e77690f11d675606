'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http2 = require('node:http2')
const https = require('node:https')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { makeFolder, selfSigned, send, sendHTTP2 } = require('../support')
const { begin, close, serve, textOf } = require('./support')

/** The options for a certificate and its key, in files for this test. */
function certificate(t, { inOne = false } = {}) {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': inOne ? Buffer.concat([cert, key]) : cert })
  const own = inOne ? [] : ['--ssl-keyfile', path.join(folder, 'key.pem')]
  return ['--ssl-certfile', path.join(folder, 'cert.pem'), ...own]
}

const trusting = { protocol: 'https:', rejectUnauthorized: false, agent: false }

test('with a certificate the server speaks TLS, WebSockets too', async (t) => {
  const { port, url } = await serve(t, 'answers_with_scope:app', certificate(t))
  assert.equal(url, `https://127.0.0.1:${port}`)
  const { scheme, http_version: version } = JSON.parse((await send({ port, ...trusting })).body)
  assert.deepEqual([scheme, version], ['https', '1.1'])
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false })
  const message = await new Promise((resolve, reject) => {
    socket.once('message', resolve)
    socket.once('error', reject)
  })
  assert.equal(JSON.parse(message).scheme, 'wss')
  socket.terminate()
})

test('the key may be in the file of the certificate', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', certificate(t, { inOne: true }))
  assert.equal((await send({ port, ...trusting })).status, 200)
})

test('with --http2 a server speaks both, with the headers of the command and in the log', async (t) => {
  const args = ['--http2', '--header', 'X-Front: yes', '--header', 'Server: front', ...certificate(t)]
  const { port, child, ended, says } = await serve(t, 'answers_with_scope:app', [...args, '--health-path', '/health'])
  const old = await send({ port, ...trusting })
  assert.equal(JSON.parse(old.body).http_version, '1.1')
  assert.equal(old.headers['x-front'], 'yes')
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const { headers, body } = await sendHTTP2(session, { ':path': '/server', 'x-forwarded-for': '203.0.113.9' })
  const { http_version: version, scheme, client } = JSON.parse(body)
  assert.deepEqual([version, scheme, client], ['2', 'https', ['203.0.113.9', 0]])
  assert.equal(headers['x-front'], 'yes')
  assert.equal(headers.server, 'front, the-app')
  assert.equal((await sendHTTP2(session, { ':path': '/health' })).body.toString(), 'ok')
  await says(/203\.0\.113\.9:0 - "GET \/server HTTP\/2" 200 OK/)
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  // The session is idle and does not keep the server.
  child.kill('SIGTERM')
  assert.equal(await closed, 1012)
  assert.equal((await ended).code, 0)
})

test('a handshake that is not finished does not keep the server', async (t) => {
  const { child, ended, port } = await serve(t, 'answers_with_scope:app', certificate(t))
  const socket = net.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  // The server has it: it takes connections in their order.
  await send({ port, ...trusting })
  child.kill('SIGTERM')
  await once(socket.resume(), 'close')
  assert.equal((await ended).code, 0)
})

test('a request over HTTP/2 ends before its server does', async (t) => {
  const served = await serve(t, 'notes_its_life:app', ['--http2', ...certificate(t)])
  const { port, ended, says } = served
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/' }, { endStream: false })
  stream.write('first ')
  await says(/^request$/m)
  await close(served)
  stream.end('second')
  assert.equal(await textOf(stream), 'first second')
  assert.equal((await ended).code, 0)
})

test('with --http2 an HTTP/1 connection that is idle does not keep the server', async (t) => {
  const { port, child, ended } = await serve(t, 'notes_its_life:app', [
    '--http2',
    '--timeout-keep-alive',
    '60',
    ...certificate(t),
  ])
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
  t.after(() => agent.destroy())
  assert.equal((await send({ port, ...trusting, agent })).status, 200)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.match(stdout, /lifespan\.shutdown/)
})

test('a client that speaks no TLS leaves the server as it is', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', certificate(t))
  const { request, response } = begin(port)
  request.on('error', () => {}).end()
  await assert.rejects(response)
  assert.equal((await send({ port, ...trusting })).status, 200)
})
