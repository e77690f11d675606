'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { apps, begin, close, run, serve, textOf } = require('./support')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  test(`${signal} lets a request end, runs the app's shutdown, and ends with 0`, async (t) => {
    const served = await serve(t, 'notes_its_life:app')
    const { ended, port, says } = served
    const { request, response } = begin(port, { agent: false, headers: { connection: 'keep-alive' } })
    await says(/^request$/m)
    await close(served, signal)
    request.end('body')
    assert.equal((await response).headers.connection, 'close')
    assert.equal(await textOf(await response), 'body')
    const { code, stdout, stderr } = await ended
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.match(stdout, /^lifespan\.startup$[^]*^lifespan\.shutdown$[^]*^INFO: {5}Closed$/m)
  })
}

test('an idle connection is closed at once, and a busy one after its response', async (t) => {
  const { child, ended, port, says } = await serve(t, 'notes_its_life:app', ['--timeout-keep-alive', '60'])
  const idle = net.connect(port, '127.0.0.1')
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const busy = begin(port)
  await says(/^request\n(?:[^]*\n)?request$/m)
  child.kill('SIGTERM')
  await once(idle.resume(), 'end')
  idle.destroy()
  busy.request.end('later')
  assert.equal(await textOf(await busy.response), 'later')
  assert.equal((await ended).code, 0)
})

test('work of the app after its response is waited for', async (t) => {
  const { child, ended, port } = await serve(t, 'notes_its_life:app')
  const { request, response } = begin(port, { path: '/background' })
  request.end()
  await textOf(await response)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.match(stdout, /^background done$[^]*^lifespan\.shutdown$/m)
})

test('a request that does not end in time is cut off, and the app is notified before its shutdown', async (t) => {
  const { child, ended, port, says } = await serve(t, 'notes_its_life:app', ['--timeout-graceful-shutdown', '0.2'])
  const { request, response } = begin(port)
  request.on('error', () => {})
  await says(/^request$/m)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.match(stdout, /^disconnect$[^]*^lifespan\.shutdown$/m)
  assert.equal((await response).statusCode, 503)
})

test('WebSockets are closed with 1012, without waiting for the time to be over', async (t) => {
  const { child, ended, port } = await serve(t, 'notes_its_life:app', ['--timeout-graceful-shutdown', '600'])
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  child.kill('SIGTERM')
  const [code] = await closed
  assert.equal(code, 1012)
  const { code: exitCode, stdout } = await ended
  assert.equal(exitCode, 0)
  assert.match(stdout, /^websocket\.disconnect 1012$[^]*^lifespan\.shutdown$/m)
})

test('an app that keeps Python busy does not keep the process', async (t) => {
  const { child, ended, port, says } = await serve(t, 'keeps_python_busy:app', ['--timeout-graceful-shutdown', '0.2'])
  const { request, response } = begin(port)
  request.on('error', () => {}).end()
  await says(/^busy$/m)
  child.kill('SIGINT')
  const { code, signal, stderr } = await ended
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  assert.match(
    stderr,
    /The app did not end within 1\.2 s and is killed: allow more time with --timeout-graceful-shutdown/,
  )
  await response.catch((error) => assert.equal(error.code, 'ECONNRESET'))
})

test('an app whose shutdown does not end does not keep the process', async (t) => {
  const { child, ended, says } = await serve(t, 'never_shuts_down:app', ['--timeout-graceful-shutdown', '0.2'])
  child.kill('SIGTERM')
  await says(/shutdown begins/)
  const { signal, stderr } = await ended
  assert.equal(signal, 'SIGKILL')
  assert.match(stderr, /The app did not end within 1\.2 s and is killed/)
})

for (const target of ['never_shuts_down:app', 'keeps_python_busy:app']) {
  test(`a second Ctrl-C ends at once: ${target}`, async (t) => {
    const { child, ended, port, says } = await serve(t, target, ['--timeout-graceful-shutdown', '600'])
    if (target.startsWith('keeps')) {
      const { request } = begin(port)
      request.on('error', () => {}).end()
      await says(/^busy$/m)
    }
    child.kill('SIGINT')
    await says(/Closing/)
    // The same Ctrl-C, passed on by npm, is none; whenever the next one comes, it is.
    const again = setInterval(() => child.kill('SIGINT'), 100)
    const { code, signal } = await ended
    clearInterval(again)
    // A shell shows 130 for both.
    assert.ok(code === 130 || signal === 'SIGINT', `${code} ${signal}`)
  })
}

test('Ctrl-C while the app is imported or starts ends at once', async (t) => {
  const { child, ended, says } = run(t, ['serve', 'never_starts:app', '--app-dir', apps, '--port', '0'])
  await says(/startup begins/)
  child.kill('SIGINT')
  const { signal, stderr } = await ended
  assert.equal(signal, 'SIGINT')
  assert.equal(stderr, '')
})
