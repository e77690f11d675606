'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, send, temporaryFolder } = require('../support')
const { apps, begin, run, runToEnd, serve, textOf } = require('./support')

test('an app is served, and the start names the app, Python, Node and the address', async (t) => {
  const { child, output, port, url } = await serve(t, 'answers_with_scope:app')
  const { status, body } = await send({ port, path: '/a%20b?q=1' })
  assert.equal(status, 200)
  const { type, server, path: decoded, http_version: version } = JSON.parse(body)
  assert.deepEqual({ type, server, decoded, version }, {
    type: 'http',
    server: ['127.0.0.1', port],
    decoded: '/a b',
    version: '1.1',
  })
  const lines = output.stdout.split('\n')
  assert.match(
    lines[0],
    /^INFO: {5}answers_with_scope:app with Python 3\.\d+\.\d+ \((uvloop|asyncio)\) in Node [\d.]+, process/,
  )
  assert.match(lines[0], new RegExp(` process ${child.pid}$`))
  const way = process.env.PYTHON_NODE_HTTP === 'node' ? 'node:http' : 'native threads'
  assert.equal(lines[1], `INFO:     Listening on ${url} (HTTP: ${way}; Ctrl-C ends it)`)
})

test('main:app of the current folder is the default', async (t) => {
  const folder = temporaryFolder(t)
  fs.copyFileSync(path.join(apps, 'answers_with_scope.py'), path.join(folder, 'main.py'))
  const { says } = run(t, ['serve', '--port', '0'], { cwd: folder })
  const [, port] = await says(/Listening on http:\/\/127\.0\.0\.1:(\d+)/)
  assert.equal((await send({ port })).status, 200)
})

test('the prefix, the interface and a factory are passed on', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', ['--root-path', '/api', '--interface', 'asgi3'])
  const { root_path: rootPath } = JSON.parse((await send({ port, path: '/x' })).body)
  assert.equal(rootPath, '/api')
  const made = await serve(t, 'tells_environment:make_app', ['--factory'])
  assert.equal((await send({ port: made.port, path: '/NOBODY_SETS_THIS' })).body.toString(), '(not set)')
})

for (const args of [[], ['--workers', '2'], ['--thread', 'node']]) {
  test(`a factory without --factory is served, and the option is advised: ${args.join(' ')}`, async (t) => {
    const { port, output } = await serve(t, 'tells_environment:make_app', args)
    assert.equal((await send({ port, path: '/NOBODY_SETS_THIS' })).body.toString(), '(not set)')
    assert.match(
      output.stderr,
      /^WARNING: {2}tells_environment:make_app is a factory: it is called to make the app\. Pass --factory/m,
    )
    assert.doesNotMatch(output.stderr, /Traceback/)
  })
}

test('the variables of an environment file are there when the app is imported, where they were not set', async (t) => {
  const folder = makeFolder(t, { 'app.env': 'FIRST=from the file\nSECOND=from the file\n' })
  const args = ['--env-file', path.join(folder, 'app.env')]
  const { port } = await serve(t, 'tells_environment:app', args, { env: { SECOND: 'was set' } })
  assert.equal((await send({ port, path: '/FIRST' })).body.toString(), 'from the file')
  assert.equal((await send({ port, path: '/SECOND' })).body.toString(), 'was set')
})

test('a Unix socket is served, and gone when the server is', async (t) => {
  const socketPath = path.join(temporaryFolder(t), 'socket')
  const { child, ended, url } = await serve(t, 'answers_with_scope:app', ['--uds', socketPath])
  assert.equal(url, `unix:${socketPath}`)
  assert.equal(fs.statSync(socketPath).mode & 0o666, 0o666, 'a proxy of another user may connect')
  const { client, server } = JSON.parse((await send({ socketPath, agent: false })).body)
  assert.equal(client, null)
  assert.deepEqual(server, [socketPath, null])
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
  assert.equal(fs.existsSync(socketPath), false)
})

test('headers of the command are in every response, beside those of the app', async (t) => {
  const args = ['--header', 'X-Frame-Options: DENY', '--header', 'Server: front', '--health-path', '/health']
  const { port } = await serve(t, 'answers_with_scope:app', args)
  const { rawHeaders } = await send({ port, path: '/server' })
  const named = (name) => rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1].toLowerCase() === name)
  assert.deepEqual(named('x-frame-options'), ['DENY'])
  assert.deepEqual(named('server'), ['front', 'the-app'])
  assert.equal(named('date').length, 1)
  assert.equal((await send({ port, path: '/health' })).headers['x-frame-options'], 'DENY')
})

test('headers of the command are in the answer to every handshake of a WebSocket too', async (t) => {
  const args = ['--header', 'X-Frame-Options: DENY', '--header', 'Server: front']
  const { port } = await serve(t, 'answers_with_scope:app', args)
  const shake = (headers, path = '/chat') =>
    new Promise((resolve, reject) => {
      const own = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', ...headers }
      const request = http.get({ host: '127.0.0.1', port, path, headers: own, agent: false })
      request.on('error', reject)
      for (const event of ['upgrade', 'response']) {
        request.on(event, (response) => {
          const { rawHeaders, statusCode } = response
          const named = (name) =>
            rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1].toLowerCase() === name)
          resolve([statusCode, ...named('x-frame-options'), ...named('server')])
          request.destroy()
          if (event === 'upgrade') assert.deepEqual(named('upgrade'), ['websocket'])
        })
      }
    })
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
  assert.deepEqual(await shake(key), [101, 'DENY', 'front'])
  assert.deepEqual(await shake(key, '/server'), [101, 'DENY', 'front', 'the-app'])
  assert.deepEqual(await shake(key, '/refuse'), [403, 'DENY', 'front'])
  // Denied by a response of the app, and by the server: it is no handshake. Another protocol is an ordinary request.
  assert.deepEqual(await shake(key, '/deny'), [418, 'DENY', 'front'])
  assert.deepEqual(await shake({}), [400, 'DENY', 'front'])
  assert.deepEqual(await shake({ upgrade: 'h2c' }), [200, 'DENY', 'front'])
  assert.deepEqual(await shake({ upgrade: 'h2c', 'content-length': '0' }), [200, 'DENY', 'front'])
})

test('more requests at a time than allowed are refused with 503', async (t) => {
  const { port, says } = await serve(t, 'notes_its_life:app', ['--limit-concurrency', '1'])
  const first = begin(port)
  await says(/^request$/m)
  assert.equal((await send({ port })).status, 503)
  first.request.end('body')
  const response = await first.response
  assert.equal(response.statusCode, 200)
  assert.equal(await textOf(response), 'body')
  assert.equal((await send({ port })).status, 200)
})

test('after as many requests as allowed the server ends in good order', async (t) => {
  const { ended, port } = await serve(t, 'notes_its_life:app', ['--limit-max-requests', '2'])
  assert.equal((await send({ port })).status, 200)
  assert.equal((await send({ port })).status, 200)
  const { code, stdout, stderr } = await ended
  assert.equal(code, 0)
  assert.equal(stderr, '')
  assert.match(stdout, /Closing after 2 requests\n[^]*^lifespan\.shutdown$[^]*Closed\n$/m)
})

test('responses tell clients how long an idle connection is kept', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', ['--timeout-keep-alive', '1'])
  const agent = new http.Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal((await send({ port, agent })).headers['keep-alive'], 'timeout=1')
})

test('an upgrade to something else than a WebSocket is answered over HTTP', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app')
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  }
  const { status, body } = await send({ port, path: '/plain', headers })
  assert.equal(status, 200)
  assert.equal(JSON.parse(body).path, '/plain')
})

test('the version and the help are on stdout', async (t) => {
  for (const args of [['--version'], ['serve', '--version']]) {
    const { code, stdout } = await runToEnd(t, args)
    assert.equal(code, 0)
    assert.match(stdout, /^python-node \d+\.\d+\.\d+, Node \d+/)
  }
  for (const args of [[], ['--help'], ['serve', '--help', '--port', 'x'], ['serve', '-h']]) {
    const { code, stdout, stderr } = await runToEnd(t, args)
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.match(stdout, /^Usage: python-node serve \[APP\] \[options\]\n/)
  }
})
