'use strict'

const assert = require('node:assert/strict')
const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { test } = require('node:test')
const { openApp } = require('../support')
const { headerOf } = require('./support')

/** The package, if it is installed; Node's own fetch is always tested. */
function load() {
  let file
  try {
    file = require.resolve('undici')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return null
  }
  return require(file)
}

const undici = load()
const options = { skip: undici === null && 'the package undici is not installed' }
const URL_BASE = 'http://python.internal'

test("undici's request asks the app", options, async (t) => {
  const dispatcher = openApp(t, 'dump_scope').dispatcher()
  const response = await undici.request(`${URL_BASE}/a?b`, { dispatcher, headers: { 'x-a': '1' } })
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers['content-type'], 'application/json')
  const scope = await response.body.json()
  assert.equal(scope.path, '/a')
  assert.deepEqual(scope.query_string, { bytes: 'b' })
  assert.deepEqual(headerOf(scope, 'x-a'), ['1'])
  assert.deepEqual(headerOf(scope, 'host'), ['python.internal'])
})

test("undici's request streams a body both ways", options, async (t) => {
  const dispatcher = openApp(t, 'echo_stream').dispatcher()
  const chunks = Array.from({ length: 64 }, (_, index) => Buffer.alloc(65536, index))
  const { body } = await undici.request(URL_BASE, { dispatcher, method: 'POST', body: Readable.from(chunks) })
  assert.ok(Buffer.from(await body.arrayBuffer()).equals(Buffer.concat(chunks)))
})

test("undici's request gives trailers", options, async (t) => {
  const response = await undici.request(URL_BASE, { dispatcher: openApp(t, 'send_trailers').dispatcher() })
  assert.equal(await response.body.text(), 'firstlast')
  assert.equal(response.trailers['x-checksum'], '42')
})

test("undici's request rejects with the error of the app", options, async (t) => {
  const dispatcher = openApp(t, 'raises').dispatcher()
  await assert.rejects(undici.request(`${URL_BASE}/before`, { dispatcher }), { code: 'ERR_ASGI_PYTHON' })
  const { body } = await undici.request(`${URL_BASE}/after`, { dispatcher })
  await assert.rejects(body.text(), { code: 'ERR_ASGI_PYTHON' })
})

test("the signal of undici's request, and a body that is destroyed, reach the app", options, async (t) => {
  const dispatcher = openApp(t, 'notice_disconnect').dispatcher()
  const seen = async (key) => (await undici.request(`${URL_BASE}/seen/${key}`, { dispatcher })).body.text()
  const controller = new AbortController()
  const pending = undici.request(`${URL_BASE}/wait/undici-signal`, { dispatcher, signal: controller.signal })
  const rejected = assert.rejects(pending, { name: 'AbortError' })
  await (await undici.request(`${URL_BASE}/ping/`, { dispatcher })).body.text()
  controller.abort()
  await rejected
  assert.equal(await seen('undici-signal'), 'http.disconnect')
  const { body } = await undici.request(`${URL_BASE}/stream/undici-destroy`, { dispatcher })
  body.on('error', () => undefined)
  body.destroy()
  assert.equal(await seen('undici-destroy'), 'http.disconnect')
})

test("undici's stream and pipeline ask the app", options, async (t) => {
  const dispatcher = openApp(t, 'echo_stream').dispatcher()
  const written = []
  const collect = () => new Writable({ write: (chunk, _encoding, done) => done(null, written.push(chunk)) })
  await undici.stream(URL_BASE, { dispatcher, method: 'PUT', body: 'streamed' }, collect)
  assert.equal(Buffer.concat(written).toString(), 'streamed')
  written.length = 0
  const through = undici.pipeline(URL_BASE, { dispatcher, method: 'PUT' }, ({ body }) => body)
  await pipeline(Readable.from(['pipe', 'lined']), through, collect())
  assert.equal(Buffer.concat(written).toString(), 'pipelined')
})

test("undici's own fetch asks the app", options, async (t) => {
  const response = await undici.fetch(URL_BASE, { dispatcher: openApp(t, 'hello').dispatcher() })
  assert.equal(await response.text(), 'Hello, World!')
})
