'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { docroot, send, temporaryFolder } = require('../support')
const { begin, runToEnd, serve } = require('./support')

const native = ['--http', 'native']

test('--http native serves, says so, and logs each request', async (t) => {
  const { port, says, child, ended } = await serve(t, 'answers_with_scope:app', [...native, '--health-path', '/health'])
  await says(/\(native; Ctrl-C ends it\)/)
  const { status, headers, body } = await send({ port, path: '/some?query=1' })
  assert.equal(status, 200)
  assert.match(headers.date, /GMT$/)
  assert.equal(JSON.parse(body).scheme, 'http')
  await says(/INFO: +127\.0\.0\.1:\d+ - "GET \/some\?query=1 HTTP\/1\.1" 200 OK\n/)
  assert.equal((await send({ port, path: '/health' })).status, 200)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.doesNotMatch(stdout, /\/health/)
})

test('--http native does not believe what clients say they have heard from proxies', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', native)
  const { client } = JSON.parse((await send({ port, headers: { 'x-forwarded-for': '203.0.113.9' } })).body)
  assert.equal(client[0], '127.0.0.1')
})

test('--http native listens on a Unix socket, logs as JSON, and adds headers', async (t) => {
  const socketPath = path.join(temporaryFolder(t), 'socket')
  const args = [
    '--uds',
    socketPath,
    '--log-format',
    'json',
    '--header',
    'X-Added: yes',
    '--no-date-header',
    '--server-header',
  ]
  const { says } = await serve(t, 'answers_with_scope:app', [...native, ...args])
  const { headers, body } = await send({ socketPath, path: '/there' })
  assert.equal(headers['x-added'], 'yes')
  assert.equal(headers.server, 'python-node')
  assert.equal(headers.date, undefined)
  assert.deepEqual(JSON.parse(body).server, [socketPath, null])
  const [line] = await says(/\{.*"body":"request".*\}/)
  const { attributes } = JSON.parse(line)
  assert.equal(attributes['http.request.method'], 'GET')
  assert.equal(attributes['url.path'], '/there')
  assert.equal(attributes['http.response.status_code'], 200)
})

test('--http native ends after as many requests as --limit-max-requests says', async (t) => {
  const { port, ended } = await serve(t, 'answers_with_scope:app', [...native, '--limit-max-requests', '3'])
  for (let i = 0; i < 3; i++) assert.equal((await send({ port, agent: false })).status, 200)
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.match(stdout, /Closing after 3 requests/)
})

test('--http native answers with 503 beyond --limit-concurrency', async (t) => {
  const args = ['--app-dir', docroot, '--limit-concurrency', '1', '--timeout-graceful-shutdown', '1']
  const { port } = await serve(t, 'waits_for_gate:app', [...native, ...args])
  const { request } = begin(port, { method: 'GET', path: '/wait' })
  request.on('error', () => undefined).end()
  while ((await send({ port, path: '/waiting', agent: false })).status !== 503);
  request.destroy()
})

test('--http native passes WebSockets to Node, with their lines in the access log', async (t) => {
  const { port, says } = await serve(t, 'echoes_messages:app', native)
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/chat`)
  await once(webSocket, 'open')
  webSocket.send('hello')
  const [message] = await once(webSocket, 'message')
  assert.equal(message.toString(), 'hello')
  await says(/"WebSocket \/chat" \[accepted\]/)
  webSocket.close()
  await says(/"WebSocket \/chat" \[closed\]/)
})

test('what --http native does not have yet is refused', async (t) => {
  const wrong = [
    ['--workers', '2'],
    ['--reload'],
    ['--metrics-path', '/metrics'],
    ['--drain-delay', '1'],
    ['--forwarded-allow-ips', '*'],
    ['--static-path-route', '/static', '--static-path-mount', __dirname],
    ['--ssl-certfile', __filename],
  ]
  for (const args of wrong) {
    const { code, stderr } = await runToEnd(t, ['serve', 'main:app', ...native, ...args])
    assert.equal(code, 2)
    assert.match(stderr, new RegExp(`${args[0]} is not there with --http native yet`))
  }
})
