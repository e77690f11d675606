'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { send, until } = require('../support')
const { begin, serve } = require('./support')

const root = path.join(__dirname, '..', '..')
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

/** The handshake of a WebSocket that is refused: the client's error. */
async function refusal(url) {
  const socket = new WebSocket(url)
  const [error] = await once(socket, 'error')
  return error.message
}

/** Ends the server, and returns its output. */
async function ending({ child, ended }) {
  child.kill('SIGTERM')
  return ended
}

test('each request has a line, with the client, the query and the status', async (t) => {
  const served = await serve(t, 'answers_with_scope:app')
  const { port } = served
  await send({ port, path: '/a%20b?q=1', method: 'PUT' })
  await send({ port, path: '/status/418' })
  const { stdout } = await ending(served)
  assert.match(stdout, /^INFO: {5}127\.0\.0\.1:\d+ - "PUT \/a%20b\?q=1 HTTP\/1\.1" 200 OK$/m)
  assert.match(stdout, /^INFO: {5}127\.0\.0\.1:\d+ - "GET \/status\/418 HTTP\/1\.1" 418 I'm a Teapot$/m)
})

test('each WebSocket has a line when it is accepted or refused, and when it is closed', async (t) => {
  const served = await serve(t, 'answers_with_scope:app')
  const { port, says } = served
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat?room=1`)
  await once(socket, 'message')
  socket.close()
  await says(/"WebSocket \/chat\?room=1" \[closed\]/)
  assert.match(await refusal(`ws://127.0.0.1:${port}/refuse`), /403/)
  // A handshake that is none.
  const headers = { connection: 'upgrade', upgrade: 'websocket' }
  assert.equal((await send({ port, path: '/broken', headers })).status, 400)
  const { stdout } = await ending(served)
  assert.match(stdout, /^INFO: {5}127\.0\.0\.1:\d+ - "WebSocket \/chat\?room=1" \[accepted\]$/m)
  assert.match(stdout, /^INFO: {5}127\.0\.0\.1:\d+ - "WebSocket \/refuse" 403 Forbidden$/m)
  assert.match(stdout, /^INFO: {5}127\.0\.0\.1:\d+ - "WebSocket \/broken" 400 Bad Request$/m)
})

test('a client that leaves before its handshake is answered is logged as such', async (t) => {
  const { port, says } = await serve(t, 'ends_in_every_way:app', ['--metrics-path', '/metrics'])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/waits`)
  socket.on('error', () => {})
  const metrics = async () => (await send({ port, path: '/metrics', agent: false })).body.toString()
  await until(async () => /^python_node_requests_in_flight 1$/m.test(await metrics()), 'the handshake is in flight')
  socket.terminate()
  await says(/"WebSocket \/waits" 499$/m)
})

test('a client that leaves before the response is logged as such', async (t) => {
  const { port, says } = await serve(t, 'notes_its_life:app')
  const { request } = begin(port, { path: '/left' })
  request.on('error', () => {})
  await says(/^request$/m)
  request.destroy()
  await says(/"POST \/left HTTP\/1\.1" 499/)
})

test('in JSON each line is an object, and a request has its trace', async (t) => {
  const served = await serve(t, 'answers_with_scope:app', ['--log-format', 'json'])
  const { port, child } = served
  await send({ port, path: '/"quoted"?q', headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } })
  for (
    const traceparent of ['nonsense', `ff-${TRACE}-00f067aa0ba902b7-01`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]
  ) {
    await send({ port, path: '/untraced', headers: { traceparent } })
  }
  const { stdout } = await ending(served)
  const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  for (const { timestamp, severityText, severityNumber } of lines) {
    assert.equal(new Date(timestamp).toISOString(), timestamp)
    assert.deepEqual([severityText, severityNumber], ['INFO', 9])
  }
  assert.match(lines[0].body, new RegExp(`answers_with_scope:app .* process ${child.pid}$`))
  const requests = lines.filter(({ body }) => body === 'request')
  const { 'client.port': clientPort, 'http.server.request.duration': duration, ...attributes } = requests[0].attributes
  assert.deepEqual(attributes, {
    'client.address': '127.0.0.1',
    'http.request.method': 'GET',
    'url.path': '/"quoted"',
    'url.query': 'q',
    'network.protocol.version': '1.1',
    'http.response.status_code': 200,
  })
  assert.ok(Number.isInteger(clientPort) && duration > 0)
  assert.deepEqual(requests.map(({ traceId }) => traceId), [TRACE, undefined, undefined, undefined])
})

test('without the access log requests have no line', async (t) => {
  const served = await serve(t, 'answers_with_scope:app', ['--no-access-log'])
  await send({ port: served.port })
  const { stdout } = await ending(served)
  assert.doesNotMatch(stdout, /GET/)
  assert.match(stdout, /Closed/)
})

test('records below the level are not logged, and warnings go to stderr', () => {
  const program = `
    const { Log } = require('./js/serve/log')
    const log = new Log({ logLevel: process.argv[1], logFormat: 'text', accessLog: true })
    log.debug('a detail')
    log.info('a step')
    log.access({ client: '', method: 'GET', path: '/', httpVersion: '1.1', status: 200, duration: 1 })
    log.warning('a doubt')
    log.error('a fault')`
  const say = (level) => spawnSync(process.execPath, ['-e', program, level], { encoding: 'utf8', cwd: root })
  const problems = 'WARNING:  a doubt\nERROR:    a fault\n'
  const line = 'INFO:     - - "GET / HTTP/1.1" 200 OK\n'
  const expected = {
    debug: [`DEBUG:    a detail\nINFO:     a step\n${line}`, problems],
    info: [`INFO:     a step\n${line}`, problems],
    warning: ['', problems],
    error: ['', 'ERROR:    a fault\n'],
    critical: ['', ''],
  }
  for (const [level, output] of Object.entries(expected)) {
    const { stdout, stderr } = say(level)
    assert.deepEqual([stdout, stderr], output, level)
  }
})

test('a reader of the output that leaves does not end the server', async (t) => {
  const { child, port, ended } = await serve(t, 'answers_with_scope:app')
  child.stdout.destroy()
  for (let i = 0; i < 3; i++) assert.equal((await send({ port })).status, 200)
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
})

test('colours are for terminals only', async (t) => {
  const served = await serve(t, 'answers_with_scope:app')
  await send({ port: served.port })
  const { stdout } = await ending(served)
  assert.ok(!stdout.includes('\x1b'))
})

test('a connection that sends nothing of HTTP leaves the server as it is', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app')
  const socket = net.connect(port, '127.0.0.1')
  socket.write('\x16\x03\x01 nonsense\r\n\r\n')
  const [answer] = await once(socket, 'data')
  assert.match(answer.toString(), /^HTTP\/1\.1 400 /)
  socket.destroy()
  assert.equal((await send({ port })).status, 200)
})
