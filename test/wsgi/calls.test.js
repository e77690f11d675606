'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { RawClient } = require('../frameworks/client')
const { listen, quiet } = require('../support')
const { PythonHandler } = require('../..')
const { answer, docroot, json, openWSGI, skip } = require('./support')

test('W7 a second start_response() raises ValueError, and the first one counts', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  const { status, headers, body } = await handler.handleRequest({ url: '/starts_twice' })
  assert.deepEqual([status, headers.get('x-start'), body.toString()], [200, 'first', 'body'])
  assert.deepEqual(await json(handler, '/noted?1'), ['ValueError'])
})

test('W7 with exc_info it takes the place of the first one while nothing was sent', { skip }, async (t) => {
  const errors = []
  const handler = openWSGI(t, 'answers_in_ways').on('error', (error) => errors.push(error))
  const { status, headers, body } = await handler.handleRequest({ url: '/changes_its_mind' })
  assert.deepEqual([status, headers.get('x-start'), body.toString()], [503, 'second', 'sorry'])
  await handler.close()
  assert.deepEqual(errors, [])
})

test('W7 start_response() raises the exception of exc_info if headers were sent', { skip }, async (t) => {
  quiet(t)
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  await assert.rejects(handler.handleRequest({ url: '/too_late_to_change' }), { pythonType: 'KeyError' })
  assert.deepEqual(await json(handler, '/noted?1'), ["raised 'within'"])
  const client = new RawClient(await listen(t, http.createServer(handler.listener)))
  t.after(() => client.destroy())
  const { status, body, isComplete } = await client.send({ path: '/too_late_to_change' })
  assert.deepEqual([status, body.toString(), isComplete], [200, 'one', false])
})

test('W8 a body is cut at its declared length, and the iteration stops there', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  assert.deepEqual(await answer(handler, '/too_long'), [200, 'abca'])
  assert.deepEqual(await json(handler, '/noted?2'), ['chunk 0', 'chunk 1'])
})

test('W6 lines with a limit and all lines at once are those of a file', { skip }, async (t) => {
  const handler = openWSGI(t, 'reads_input')
  const body = 'ab\ncdefgh\n\nijk'
  const pieces = async (url) => (await json(handler, url, { method: 'POST', body })).pieces
  assert.deepEqual(await pieces('/limited'), ['ab\n', 'cdef', 'gh\n', '\n', 'ijk'])
  assert.deepEqual(await pieces('/readlines'), ['ab\n', 'cdefgh\n', '\n', 'ijk'])
})

test('W6 a body without a length reaches Flask', { skip }, async (t) => {
  const handler = new PythonHandler('reads_form:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.deepEqual(await json(handler, '/', { method: 'POST', headers, body: 'a=1&b=2' }), { a: '1', b: '2' })
})

test('W11 C8 clients that leave end the iteration, close() it, and free its thread', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  // More than there are threads.
  for (let count = 0; count < 25; count++) {
    const response = await handler.handleStream({ url: '/endless' })
    await response.next()
    response.destroy()
  }
  assert.deepEqual(await json(handler, '/noted?25'), Array.from({ length: 25 }, () => 'closed'))
})

test('C11 a client that leaves within its upload is no end of the body', { skip }, async (t) => {
  const { Request } = require('../..')
  const handler = openWSGI(t, 'answers_in_ways')
  await json(handler, '/noted')
  const request = new Request({ method: 'POST', url: '/streams' })
  const response = await handler.handleStream(request)
  await response.next()
  await request.write('part')
  await response.next()
  response.destroy()
  assert.deepEqual(await json(handler, '/noted?1'), ['ConnectionAbortedError'])
})
