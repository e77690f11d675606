'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { docroot, send } = require('../support')
const { serve } = require('./support')

const times = (text, pattern) => text.match(pattern)?.length ?? 0

test('an exception of the app is on stderr once, wherever it is raised, and the log marks the incomplete responses', async (t) => {
  const { port, child, ended } = await serve(t, 'raises_when:app', ['--app-dir', docroot])
  assert.equal((await send({ port, path: '/before' })).status, 500)
  for (const when of ['middle', 'short']) await assert.rejects(send({ port, path: `/${when}` }))
  assert.equal((await send({ port, path: '/behind' })).status, 200)
  await send({ port, path: '/seen/behind' })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/accepted`)
  const [code] = await once(socket, 'close')
  assert.equal(code, 1011)
  child.kill('SIGTERM')
  const { code: exitCode, stdout, stderr } = await ended
  assert.equal(exitCode, 0)
  for (const when of ['before', 'middle', 'behind', 'accepted']) {
    assert.equal(times(stderr, new RegExp(`^ValueError: ${when}$`, 'gm')), 1, when)
  }
  assert.equal(times(stderr, /returned without completing response/g), 1)
  assert.match(stdout, /"GET \/before HTTP\/1\.1" 500 Internal Server Error\n/)
  assert.match(stdout, /"GET \/middle HTTP\/1\.1" 200 OK \[incomplete\]\n/)
  assert.match(stdout, /"GET \/short HTTP\/1\.1" 200 OK \[incomplete\]\n/)
  assert.match(stdout, /"GET \/behind HTTP\/1\.1" 200 OK\n/)
})

test('lines of JSON say which response is incomplete', async (t) => {
  const { port, child, ended } = await serve(t, 'raises_when:app', ['--app-dir', docroot, '--log-format', 'json'])
  await assert.rejects(send({ port, path: '/middle' }))
  assert.equal((await send({ port, path: '/behind' })).status, 200)
  child.kill('SIGTERM')
  const lines = (await ended).stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  const requests = lines.filter(({ body }) => body === 'request').map(({ attributes }) => attributes)
  const names = ['url.path', 'http.response.status_code', 'python_node.incomplete']
  assert.deepEqual(requests.map((attributes) => names.map((name) => attributes[name])), [
    ['/middle', 200, true],
    ['/behind', 200, undefined],
  ])
})

test('an exception of the app has the heading that uvicorn has for it, also after an answer of its own', async (t) => {
  for (const args of [[], ['--thread', 'node'], ['--workers', '2']]) {
    const { port, child, ended } = await serve(t, 'answers_and_raises:app', ['--app-dir', docroot, ...args])
    for (const how of ['plain', 'own']) assert.equal((await send({ port, path: `/${how}`, agent: false })).status, 500)
    child.kill('SIGTERM')
    const { stderr } = await ended
    // Two workers may have answered: their lines come in any order.
    const reports = stderr.split(/^(?=ERROR: {4}Exception in ASGI application\nTraceback)/m)
    assert.deepEqual(reports.map((report) => report.trimEnd().split('\n').at(-1)).sort(), [
      'ValueError: own',
      'ValueError: plain',
    ])
    assert.equal(times(stderr, /^Traceback/gm), 2)
  }
})
