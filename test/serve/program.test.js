'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { once } = require('node:events')
const { test } = require('node:test')
const { ServeFailure, serve } = require('python-node/serve')
const { OPTIONS } = require('../../js/serve/options')
const { makeFolder, send, temporaryFolder, until } = require('../support')
const { apps } = require('./support')

const root = path.join(__dirname, '..', '..')
const quiet = { appDir: apps, port: 0, logLevel: 'critical' }

/** Serves until the end of the test. */
async function served(t, target, options) {
  const server = await serve(target, { ...quiet, ...options })
  t.after(() => server.close())
  return server
}

test('a program serves an app with the options of the command, and closes it', async (t) => {
  const folder = makeFolder(t, { 'a.txt': 'a file' })
  const server = await served(t, 'answers_with_scope:app', {
    rootPath: '/api',
    headers: [['X-Front', 'yes']],
    staticPathRoutes: ['/static'],
    staticPathMounts: [folder],
    healthPath: '/health',
    uds: undefined,
  })
  const { port, address } = server.address
  assert.deepEqual([server.url, address], [`http://127.0.0.1:${port}`, '127.0.0.1'])
  const { headers, body } = await send({ port, path: '/here' })
  assert.deepEqual([headers['x-front'], JSON.parse(body).path], ['yes', '/api/here'])
  assert.equal((await send({ port, path: '/static/a.txt' })).body.toString(), 'a file')
  assert.equal((await send({ port, path: '/health' })).body.toString(), 'ok')
  const closed = server.close()
  assert.equal(server.close(), closed)
  await closed
  await assert.rejects(send({ port, agent: false }), { code: 'ECONNREFUSED' })
})

test('it listens on a Unix socket', async (t) => {
  const uds = path.join(temporaryFolder(t), 'socket')
  const server = await served(t, 'answers_with_scope:app', { uds })
  assert.deepEqual([server.url, server.address], [`unix:${uds}`, uds])
  assert.equal((await send({ socketPath: uds, host: undefined })).status, 200)
})

test('several apps are served at a time', async (t) => {
  const servers = [await served(t, 'answers_with_scope:app'), await served(t, 'answers_with_scope:app')]
  for (const { address: { port } } of servers) assert.equal((await send({ port })).status, 200)
})

test('workers serve from a program too, and end with close', async (t) => {
  const server = await served(t, 'tells_its_process:app', { workers: 2 })
  const { port } = server.address
  const { status, body } = await send({ port, agent: false })
  assert.equal(status, 200)
  assert.ok(!body.toString().includes(String(process.pid)))
  await server.close()
  await assert.rejects(send({ port, agent: false }), { code: 'ECONNREFUSED' })
})

test('it closes by itself after its limit of requests', async (t) => {
  const { address: { port } } = await served(t, 'answers_with_scope:app', { limitMaxRequests: 1 })
  assert.equal((await send({ port, headers: { connection: 'close' } })).status, 200)
  const refused = async () => {
    const socket = net.connect(port, '127.0.0.1')
    return once(socket, 'connect').then(() => socket.destroy() && false, () => true)
  }
  await until(refused, 'connections are refused')
})

test('a wrong option is refused in the words of the command, under its name in a program', async () => {
  const wrong = [
    [{ prot: 1 }, /^Unknown option prot\. Did you mean port\?$/],
    [{ port: '8000' }, /^port is '8000'; expected a number$/],
    [{ port: 65536 }, /^port is "65536"; expected a whole number from 0 to 65535$/],
    [{ port: 1.5 }, /^port is "1.5"; expected a whole number/],
    [{ timeoutKeepAlive: NaN }, /^timeoutKeepAlive is "NaN"; expected seconds/],
    [{ host: 5 }, /^host is 5; expected a string$/],
    [{ logLevel: 'loud' }, /^logLevel is "loud"; expected critical, error/],
    [{ accessLog: 'no' }, /^accessLog is 'no'; expected true or false$/],
    [{ headers: { a: 'b' } }, /^headers is \{ a: 'b' \}; expected an array of \[name, value\]$/],
    [{ headers: [['Content-Length', '1']] }, /^headers is .* Content-Length cannot be set for all responses/],
    [{ headers: [['A', 'b\nc']] }, /expected "Name: value"$/],
    [{ reloadDirs: 'js' }, /^reloadDirs is 'js'; expected an array of strings$/],
    [{ appDir: '/none' }, /^appDir: there is no folder \/none, expected an existing one$/],
    [{ http2: true }, /^http2 needs TLS: add sslCertfile FILE and sslKeyfile FILE$/],
    [{ staticPathRoutes: ['/a'] }, /^staticPathRoutes comes once and staticPathMounts 0 times/],
    [{ reload: true }, /^reload only works with the command/],
    [5, /^The options are 5; expected an object$/],
  ]
  for (const [options, message] of wrong) {
    await assert.rejects(serve('main:app', options), (failure) => {
      assert.ok(failure instanceof ServeFailure)
      assert.match(failure.message, message)
      assert.deepEqual([failure.code, failure.exitCode], ['ERR_SERVE_USAGE', 2])
      return true
    })
  }
  for (const target of [undefined, 5, 'main', Symbol('app')]) {
    await assert.rejects(serve(target), { message: /expected "module:attribute"/, code: 'ERR_SERVE_USAGE' })
  }
})

test('an app that does not start, and a port that is in use, are failures with the code of their reason', async (t) => {
  const { address: { port } } = await served(t, 'answers_with_scope:app')
  const cases = [
    ['answers_with_scope:app', { port }, { code: 'EADDRINUSE', message: /Choose another one with port$/ }],
    ['answers_with_scope:app', { port, workers: 2 }, { code: 'EADDRINUSE', message: /Choose another one with port$/ }],
    ['answers_with_scope:none', {}, { code: /^ERR_ASGI_\w+$/, exitCode: 1 }],
    ['raises_on_import:app', {}, { code: 'ERR_ASGI_PYTHON', exitCode: 1 }],
    ['raises_on_import:app', { workers: 2 }, { code: 'ERR_ASGI_PYTHON', exitCode: 1 }],
    ['fails_to_start:app', {}, { code: 'ERR_ASGI_LIFESPAN', exitCode: 1 }],
  ]
  for (const [target, options, expected] of cases) {
    await assert.rejects(serve(target, { ...quiet, ...options }), (failure) => {
      assert.ok(failure instanceof ServeFailure, failure.stack)
      for (const [key, value] of Object.entries(expected)) {
        if (value instanceof RegExp) assert.match(failure[key], value)
        else assert.equal(failure[key], value)
      }
      return true
    })
  }
})

test('options that are not given come from environment variables', async (t) => {
  process.env.PYTHON_NODE_ROOT_PATH = '/from-env'
  t.after(() => delete process.env.PYTHON_NODE_ROOT_PATH)
  const { address: { port } } = await served(t, 'answers_with_scope:app')
  assert.equal(JSON.parse((await send({ port })).body).root_path, '/from-env')
})

test('a program that closes its server ends by itself, imported or required', () => {
  const options = JSON.stringify({ ...quiet, logLevel: 'info', accessLog: false })
  const script = `import { serve } from 'python-node/serve'
    const server = await serve('answers_with_scope:app', ${options})
    console.log((await fetch(server.url)).status)
    await server.close()`
  const args = ['--input-type=module', '-e', script]
  const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 })
  assert.match(
    output,
    /Listening on http:\/\/127\.0\.0\.1:\d+ \(HTTP: (native threads|node:http)\)\n200\n.*Closing\n.*Closed\n$/s,
  )
})

test('the types have every option but those of the reloader', () => {
  const text = fs.readFileSync(path.join(root, 'js', 'serve.d.ts'), 'utf8')
  const declared = Array.from(text.matchAll(/^ {2}(\w+)\?:/gm), ([, key]) => key)
  const keys = OPTIONS.map(({ key }) => key).filter((key) => !key.startsWith('reload'))
  assert.deepEqual(declared.sort(), keys.sort())
})
