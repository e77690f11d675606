'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Headers, Response } = require('..')

async function chunksOf(response) {
  const chunks = []
  for await (const chunk of response) chunks.push(chunk.toString())
  return chunks
}

test('a response has defaults', () => {
  const response = new Response()
  assert.equal(response.status, 200)
  assert.equal(response.headers.size, 0)
  assert.equal(response.body, null)
  assert.deepEqual(response.log, Buffer.alloc(0))
  assert.equal(response.exception, null)
  assert.equal(response.trailers, null)
})

test('a response keeps its status, headers and body', () => {
  const options = { status: 404, headers: { a: ['1', '2'] }, body: 'no', log: Buffer.from('said'), exception: 'E' }
  const response = new Response(options)
  assert.equal(response.status, 404)
  assert.deepEqual(response.headers.getAll('a'), ['1', '2'])
  assert.deepEqual(response.body, Buffer.from('no'))
  assert.equal(response.log.toString(), 'said')
  assert.equal(response.exception, 'E')
})

test('D3 status and headers read and write', () => {
  const response = new Response()
  response.status = 299
  response.headers = { b: '3' }
  assert.equal(response.status, 299)
  assert.ok(response.headers instanceof Headers)
  assert.equal(response.headers.get('b'), '3')
  for (const status of [99, 1000, 200.5, '200', null]) {
    assert.throws(() => (response.status = status), { code: 'ERR_ASGI_INVALID_OPTION' })
  }
})

test('a whole body is read as one chunk', async () => {
  const response = new Response({ body: 'abc' })
  assert.deepEqual(await response.next(), Buffer.from('abc'))
  assert.equal(await response.next(), null)
  assert.deepEqual(await chunksOf(new Response({ body: 'abc' })), ['abc'])
  assert.deepEqual(await chunksOf(new Response({ body: '' })), [])
  assert.deepEqual(await chunksOf(new Response()), [])
})

test('destroy gives a whole body up', async () => {
  const response = new Response({ body: 'abc' })
  response.destroy()
  assert.equal(await response.next(), null)
})

test('toJSON leaves out absent parts', () => {
  assert.deepEqual(new Response({ headers: { a: '1' } }).toJSON(), { status: 200, headers: { a: '1' } })
  assert.deepEqual(new Response({ body: 'b', log: 'l', exception: 'e' }).toJSON(), {
    status: 200,
    headers: {},
    body: Buffer.from('b'),
    log: Buffer.from('l'),
    exception: 'e',
  })
})
