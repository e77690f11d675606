'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Response } = require('..')
const { openApp } = require('./support')

test('text() and json() give the body, as often as they are asked', async () => {
  const response = new Response({ body: '{"grüße":[1]}' })
  assert.equal(await response.text(), '{"grüße":[1]}')
  assert.deepEqual(await response.json(), { grüße: [1] })
  assert.deepEqual(await response.json(), { grüße: [1] })
  assert.equal(response.body.toString(), '{"grüße":[1]}')
})

test('text() of no body is empty, and leaves a byte order mark out', async () => {
  assert.equal(await new Response().text(), '')
  assert.equal(await new Response({ body: '\ufeffa' }).text(), 'a')
})

test('json() of invalid JSON rejects', async () => {
  await assert.rejects(new Response({ body: 'a' }).json(), SyntaxError)
  await assert.rejects(new Response().json(), SyntaxError)
})

test('text() of an app’s response gives its body, whole or streamed', async (t) => {
  const handler = openApp(t, 'hello')
  const expected = (await handler.handleRequest({ url: '/' })).body.toString()
  assert.ok(expected.length > 0)
  assert.equal(await (await handler.handleRequest({ url: '/' })).text(), expected)
  const streamed = await handler.handleStream({ url: '/' })
  assert.equal(streamed.body, null)
  assert.deepEqual(await Promise.all([streamed.text(), streamed.text()]), [expected, expected])
  assert.equal(await streamed.text(), expected)
})
