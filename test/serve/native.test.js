'use strict'

// The native server and node:http behave alike.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { docroot, makeFolder, selfSigned, send, temporaryFolder, until } = require('../support')
const { begin, close, runToEnd, serve } = require('./support')

/** Sends a request over a connection of its own. */
const ask = (port, path, more) => send({ port, path, agent: false, ...more })

test('threads of the addon read HTTP unless node:http is chosen or needed, and the banner names the reader', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  const ways = [
    [[], 'native threads'],
    [['--http', 'auto'], 'native threads'],
    [['--http', 'native'], 'native threads'],
    [['--workers', '2'], 'native threads'],
    [['--reload'], 'native threads'],
    [['--http', 'node'], 'node:http'],
    [['--ssl-certfile', `${folder}/both.pem`], 'node:http for --ssl-certfile'],
    [['--http', 'node', '--ssl-certfile', `${folder}/both.pem`], 'node:http'],
  ]
  // What this run of the tests asks for does not count here.
  for (const [args, way] of ways) {
    const { says, child, ended } = await serve(t, 'answers_with_scope:app', args, { env: { PYTHON_NODE_HTTP: '' } })
    const [, said] = await says(/Listening on \S+ \(HTTP: (.*); Ctrl-C ends it\)/)
    assert.equal(said, way, args.join(' '))
    child.kill('SIGTERM')
    await ended
  }
})

test('options that --http native does not support are refused', async (t) => {
  const wrong = [['--ssl-certfile', __filename]]
  for (const args of wrong) {
    const { code, stderr } = await runToEnd(t, ['serve', 'main:app', '--http', 'native', ...args])
    assert.equal(code, 2)
    assert.match(stderr, new RegExp(`${args[0]} is not supported with --http native`))
  }
})

for (const way of ['native', 'node']) {
  const start = (t, app, args = []) => serve(t, app, ['--http', way, ...args])

  test(`with --http ${way} requests have a line in the log, and the health path has none`, async (t) => {
    const { port, says, child, ended } = await start(t, 'answers_with_scope:app', ['--health-path', '/health'])
    const { status, headers, body } = await send({ port, path: '/some?query=1' })
    assert.equal(status, 200)
    assert.match(headers.date, /GMT$/)
    assert.equal(JSON.parse(body).scheme, 'http')
    await says(/INFO: +127\.0\.0\.1:\d+ - "GET \/some\?query=1 HTTP\/1\.1" 200 OK\n/)
    const health = await ask(port, '/health?now')
    assert.deepEqual([health.status, health.body.toString()], [200, 'ok'])
    assert.equal(health.headers['cache-control'], 'no-store')
    assert.equal((await ask(port, '/health', { method: 'HEAD' })).body.length, 0)
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, /\/health/)
  })

  test(`with --http ${way} a Unix socket, JSON and headers are as configured`, async (t) => {
    const socketPath = path.join(temporaryFolder(t), 'socket')
    const args = ['--log-format', 'json', '--header', 'X-Added: yes', '--no-date-header', '--server-header']
    const { says } = await start(t, 'answers_with_scope:app', ['--uds', socketPath, ...args])
    const { headers, body } = await send({ socketPath, path: '/there', agent: false })
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

  test(`with --http ${way} the server ends after --limit-max-requests requests`, async (t) => {
    const { port, ended } = await start(t, 'answers_with_scope:app', ['--limit-max-requests', '3'])
    for (let i = 0; i < 3; i++) assert.equal((await ask(port, '/')).status, 200)
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.match(stdout, /Closing after 3 requests/)
  })

  test(`with --http ${way} requests beyond --limit-concurrency get a 503`, async (t) => {
    const args = ['--app-dir', docroot, '--limit-concurrency', '1', '--timeout-graceful-shutdown', '1']
    const { port, says } = await start(t, 'waits_for_gate:app', args)
    const { request } = begin(port, { method: 'GET', path: '/wait' })
    request.on('error', () => undefined).end()
    await until(async () => (await ask(port, '/waiting')).status === 503, 'there is no room')
    await says(/"GET \/waiting HTTP\/1\.1" 503 Service Unavailable/)
    request.destroy()
  })

  test(`with --http ${way} WebSockets have their lines in the access log`, async (t) => {
    const { port, says } = await start(t, 'echoes_messages:app')
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/chat`)
    await once(webSocket, 'open')
    webSocket.send('hello')
    const [message] = await once(webSocket, 'message')
    assert.equal(message.toString(), 'hello')
    await says(/"WebSocket \/chat" \[accepted\]/)
    webSocket.close()
    await says(/"WebSocket \/chat" \[closed\]/)
  })

  test(`with --http ${way} static files and the app share a connection, with the same headers and log`, async (t) => {
    const folder = makeFolder(t, { 'a.txt': 'of a file' })
    const args = ['--static-path-route', '/static', '--static-path-mount', folder, '--header', 'X-Added: yes']
    const { port, says } = await start(t, 'answers_with_scope:app', [...args, '--root-path', '/api'])
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    for (
      const [target, expected] of [['/first', null], ['/static/a.txt', 'of a file'], ['/api/static/a.txt', 'of a file']]
    ) {
      const { status, headers, body } = await send({ port, path: target, agent })
      assert.deepEqual([status, headers['x-added']], [200, 'yes'], target)
      if (expected !== null) assert.equal(body.toString(), expected)
      await says(new RegExp(`"GET ${target} HTTP/1\\.1" 200 OK`))
    }
    assert.equal(JSON.parse((await send({ port, path: '/staticx', agent })).body).path, '/api/staticx')
    assert.equal(fs.existsSync(folder), true)
  })

  test(`with --http ${way} the drain delay is served on, with the last response of each connection`, async (t) => {
    const args = ['--drain-delay', '30', '--health-path', '/health']
    const { child, port, says, ended } = await start(t, 'answers_with_scope:app', args)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    assert.equal((await send({ port, path: '/', agent })).headers.connection, 'keep-alive')
    child.kill('SIGTERM')
    let health
    await until(async () => (health = await ask(port, '/health')).status !== 200, 'health is no longer 200')
    assert.deepEqual([health.status, health.body.toString()], [503, 'closing'])
    const { status, headers } = await send({ port, path: '/', agent })
    assert.deepEqual([status, headers.connection], [200, 'close'])
    await says(/Closing/)
    child.kill('SIGTERM')
    await ended
  })

  test(`with --http ${way} requests in flight at SIGTERM are answered, and their connections end`, async (t) => {
    const { child, ended, port, says } = await start(t, 'notes_its_life:app')
    const { request, response } = begin(port)
    await says(/^request$/m)
    await close({ child, port, says })
    request.end('body')
    const { statusCode, headers } = await response
    assert.deepEqual([statusCode, headers.connection], [200, 'close'])
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.match(stdout, /"POST \/ HTTP\/1\.1" 200 OK[^]*Closed\n$/)
  })
}
