'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { RawClient } = require('../frameworks/client')
const { listen, quiet } = require('../support')
const { answer, json, openWSGI, skip } = require('./support')

/** A client that sees responses as they are on the wire. */
async function serve(t, handler) {
  const client = new RawClient(await listen(t, http.createServer(handler.listener)))
  t.after(() => client.destroy())
  return client
}

/** The headers of an answer that the app has written. */
function written({ headers }) {
  const own = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])
  return headers.filter(([name]) => !own.has(name.toLowerCase()))
}

test('W2 status and headers keep their order, and are octets', { skip }, async (t) => {
  const client = await serve(t, openWSGI(t, 'answers_in_ways'))
  const plain = await client.send({ path: '/plain' })
  assert.equal(plain.status, 200)
  assert.deepEqual(written(plain), [['content-type', 'text/plain'], ['x-many', 'one'], ['x-many', 'two']])
  assert.equal(plain.body.toString(), 'hello, world')
  const latin = await client.send({ path: '/latin' })
  assert.equal(latin.status, 299)
  assert.deepEqual(written(latin), [['x-octets', 'caf\xe9']])
  assert.equal(latin.body.toString('latin1'), 'caf\xe9')
})

test('W9 an empty iterable sends the start and an empty body', { skip }, async (t) => {
  const client = await serve(t, openWSGI(t, 'answers_in_ways'))
  for (const [path, status] of [['/nothing', 200], ['/empty', 204]]) {
    const { isComplete, body, ...head } = await client.send({ path })
    assert.deepEqual([head.status, body.length, isComplete], [status, 0, true], path)
    assert.deepEqual(written(head), [['x-kind', path.slice(1)]])
  }
})

test('W9 write() sends before the returned body, and a generator may start late', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  assert.deepEqual(await answer(handler, '/writes'), [200, 'written, written again, returned'])
  assert.deepEqual(await answer(handler, '/lazy'), [202, 'one, two'])
})

test('W9 chunks arrive while the application goes on, in their order', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  const [status, body] = await answer(handler, '/many?20000')
  assert.equal(status, 200)
  assert.equal(body, Array.from({ length: 20_000 }, (_, index) => `${String(index).padStart(6, '0')}\n`).join(''))
})

test('W11 close() of the iterable is called at its end and when it fails', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  assert.deepEqual(await answer(handler, '/closes'), [200, 'onetwo'])
  assert.deepEqual(await json(handler, '/noted?1'), ['closed'])
  await assert.rejects(handler.handleRequest({ url: '/closes_after_failing' }), { pythonType: 'ValueError' })
  assert.deepEqual(await json(handler, '/noted?1'), ['closed'])
})

test('D21 an application that fails before its response is an error, and a plain 500', { skip }, async (t) => {
  quiet(t)
  const handler = openWSGI(t, 'answers_in_ways')
  const client = await serve(t, handler)
  for (const [path, type] of [['/fails', 'ValueError'], ['/never_starts', /^(RuntimeError|AssertionError)$/]]) {
    await assert.rejects(handler.handleRequest({ url: path }), (error) => {
      assert.equal(error.code, 'ERR_ASGI_PYTHON')
      assert.match(error.pythonType, new RegExp(type))
      return true
    })
    const { status, body } = await client.send({ path })
    assert.deepEqual([status, body.toString()], [500, 'Internal Server Error'], path)
  }
})

test('D22 an application that fails within its response keeps its start, without an end', { skip }, async (t) => {
  quiet(t)
  const handler = openWSGI(t, 'answers_in_ways')
  await assert.rejects(handler.handleRequest({ url: '/fails_late' }), { pythonType: 'ValueError' })
  const { status, body, isComplete } = await (await serve(t, handler)).send({ path: '/fails_late' })
  assert.deepEqual([status, body.toString(), isComplete], [200, 'one', false])
})

test('D24 a response that is shorter than declared has no end', { skip }, async (t) => {
  quiet(t)
  const handler = openWSGI(t, 'answers_in_ways')
  await assert.rejects(handler.handleRequest({ url: '/too_short' }), { code: 'ERR_ASGI_PYTHON' })
  assert.equal((await (await serve(t, handler)).send({ path: '/too_short' })).isComplete, false)
})

test('W2 W6 the validator of the standard library finds nothing to complain about', { skip }, async (t) => {
  // Its wrapper takes any arguments: what it is must be said.
  const handler = openWSGI(t, 'validated', { interface: 'wsgi' })
  const client = await serve(t, handler)
  for (const body of ['', 'one\n', 'one\ntwo\nthree']) {
    const { status, headers, body: got } = await client.send({ method: 'POST', path: '/a%20b?c=d', body })
    const [first, rest] = /^(.*\n)?([^]*)$/.exec(body).slice(1)
    assert.deepEqual([status, got.toString()], [200, `first: ${first ?? ''}rest: ${rest}`])
    assert.deepEqual(headers.find(([name]) => name === 'x-method'), ['x-method', 'POST'])
  }
  assert.equal((await client.send({ path: '/' })).body.toString(), 'first: rest: ')
})
