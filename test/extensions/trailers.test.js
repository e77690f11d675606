'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp, serve } = require('../support')

const REFUSED = '["ValueError", "ValueError", "TypeError"]'

test('I16 I17 I19 names of trailers are in lower case, pseudo headers are refused, messages add up', async (t) => {
  const handler = openApp(t, 'trailer_names')
  const whole = await handler.handleRequest({ url: '/' })
  assert.deepEqual(whole.trailers.toJSON(), { 'x-result': REFUSED, 'x-second': '2' })
  const streamed = await handler.handleStream(new Request({ url: '/' }))
  assert.equal(streamed.trailers, null)
  while ((await streamed.next()) !== null);
  assert.deepEqual(streamed.trailers.toJSON(), { 'x-result': REFUSED, 'x-second': '2' })
})

for (const protocol of ['http', 'h2c']) {
  test(`I18 over ${protocol} trailers only reach a client that sends TE: trailers`, async (t) => {
    const handler = openApp(t, 'trailer_names')
    const send = await serve(t, protocol, handler.listener)
    const without = await send({ path: '/' })
    assert.equal('x-result' in without.trailers, false)
    assert.equal(without.body.toString(), 'body')
    const wanted = await send({ path: '/', headers: { te: 'trailers' } })
    assert.equal(wanted.trailers['x-result'], REFUSED)
    assert.equal(wanted.trailers['x-second'], '2')
  })
}
