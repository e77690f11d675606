'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { docroot, settled } = require('../faults/support')
const { listen, until } = require('../support')

const CLIENTS = 100

const openStreams = async (handler) => JSON.parse((await handler.handleRequest({ url: '/open' })).body)

test('streams that wait for something else end when their clients leave', async (t) => {
  const handler = new PythonHandler('streams_until_left:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const port = await listen(t, http.createServer(handler.listener))
  const clients = await Promise.all(Array.from({ length: CLIENTS }, async () => {
    const request = http.get({ host: '127.0.0.1', port, path: '/stream', agent: false })
    const [response] = await once(request, 'response')
    const [chunk] = await once(response, 'data')
    assert.equal(String(chunk), 'first')
    // It is given up below.
    for (const each of [request, response]) each.on('error', () => undefined)
    return response
  }))
  assert.deepEqual((await openStreams(handler))[0], CLIENTS)
  for (const client of clients) client.destroy()
  await until(async () => (await openStreams(handler))[1] === 0, 'all streams have ended')
  await settled(handler)
})

test('responses that were given up in the process end as well', async (t) => {
  const handler = new PythonHandler('streams_until_left:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const responses = await Promise.all(
    Array.from({ length: CLIENTS }, () => handler.handleStream({ url: '/stream' })),
  )
  for (const response of responses) assert.equal(String(await response.next()), 'first')
  for (const response of responses) response.destroy()
  await until(async () => (await openStreams(handler))[1] === 0, 'all streams have ended')
  await settled(handler)
})
