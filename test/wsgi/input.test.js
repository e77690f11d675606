'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const http = require('node:http')
const { test } = require('node:test')
const { RawClient } = require('../frameworks/client')
const { listen } = require('../support')
const { json, openWSGI, skip } = require('./support')

const BODY = 'ab\ncdefgh\n\nijk'

/** The result of each way of reading `BODY`. */
const WAYS = {
  read: [BODY],
  sizes: [BODY],
  lines: ['ab\n', 'cdefgh\n', '\n', 'ijk'],
  iterate: ['ab\n', 'cdefgh\n', '\n', 'ijk'],
  mixed: ['ab\n', 'cde', 'fgh\n', '\nijk', '', ''],
  nothing: [],
}

for (const [way, pieces] of Object.entries(WAYS)) {
  test(`W6 wsgi.input is read as a file, by ${way}`, { skip }, async (t) => {
    const handler = openWSGI(t, 'reads_input')
    assert.deepEqual((await json(handler, `/${way}`, { method: 'POST', body: BODY })).pieces, pieces)
  })
}

test('W6 a request without a body has an empty wsgi.input', { skip }, async (t) => {
  const handler = openWSGI(t, 'reads_input')
  for (const way of Object.keys(WAYS)) assert.equal((await json(handler, `/${way}`)).bytes, 0, way)
})

test('W6 large bodies are read whole over HTTP, with a length and chunked', { skip }, async (t) => {
  const handler = openWSGI(t, 'reads_input')
  const client = new RawClient(await listen(t, http.createServer(handler.listener)))
  t.after(() => client.destroy())
  const body = Buffer.alloc(3 << 20, 'python-node\n')
  const sha256 = createHash('sha256').update(body).digest('hex')
  for (const way of ['read', 'sizes', 'lines', 'iterate']) {
    for (const sent of [{ body }, { chunks: [body.subarray(0, 5), body.subarray(5, 99_999), body.subarray(99_999)] }]) {
      const told = JSON.parse((await client.send({ method: 'POST', path: `/${way}`, ...sent })).body)
      assert.deepEqual([told.bytes, told.sha256], [body.length, sha256], way)
    }
  }
  // An unread body does not disturb the next request.
  assert.equal((await client.send({ method: 'POST', path: '/nothing', body })).status, 200)
  assert.equal((await client.send({ method: 'POST', path: '/read', body: 'x' })).status, 200)
})
