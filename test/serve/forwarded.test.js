'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { Forwarded } = require('../../js/http/forwarded')
const { send, temporaryFolder } = require('../support')
const { serve } = require('./support')

const FORGED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }

/** What the app sees of a request with these headers: `[client's address, client's port, scheme]`. */
async function seen(where, headers) {
  const { client, scheme } = JSON.parse((await send({ ...where, headers })).body)
  return [client?.[0] ?? null, client?.[1] ?? null, scheme]
}

test('a proxy on this machine is believed about its client', async (t) => {
  const { port, says } = await serve(t, 'answers_with_scope:app')
  assert.deepEqual(await seen({ port }, FORGED), ['203.0.113.9', 0, 'https'])
  assert.deepEqual(await seen({ port }, { 'X-Forwarded-For': '203.0.113.9:81' }), ['203.0.113.9', 81, 'http'])
  assert.deepEqual(await seen({ port }, { 'x-forwarded-for': '[2001:db8::1]:82' }), ['2001:db8::1', 82, 'http'])
  // The last that is no proxy of ours: what stands before it may be invented by the client.
  const chain = { 'x-forwarded-for': '10.9.9.9, 203.0.113.9 , ::1, 127.0.0.1' }
  assert.deepEqual(await seen({ port }, chain), ['203.0.113.9', 0, 'http'])
  assert.deepEqual(await seen({ port }, { 'x-forwarded-for': ['203.0.113.8', '127.0.0.1'] }), [
    '203.0.113.8',
    0,
    'http',
  ])
  const [address, own, scheme] = await seen({ port }, { 'x-forwarded-for': ' , ', 'x-forwarded-proto': 'gopher' })
  assert.deepEqual([address, own > 0, scheme], ['127.0.0.1', true, 'http'])
  // One connection, two clients.
  const { body } = await send({ port, headers: { 'x-forwarded-host': 'evil.example' } })
  assert.deepEqual(JSON.parse(body).server, ['127.0.0.1', port])
  await says(/^INFO: {5}203\.0\.113\.9:81 - "GET \/ HTTP\/1\.1" 200 OK$/m)
})

test('the client of a WebSocket is learned the same way', async (t) => {
  const { port, says } = await serve(t, 'answers_with_scope:app')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: FORGED })
  const [message] = await new Promise((resolve, reject) => {
    socket.once('message', (...args) => resolve(args))
    socket.once('error', reject)
  })
  const { client, scheme } = JSON.parse(message)
  assert.deepEqual([client, scheme], [['203.0.113.9', 0], 'wss'])
  await says(/203\.0\.113\.9:0 - "WebSocket \/chat" \[accepted\]/)
  socket.terminate()
})

test('a client that is no proxy is not believed', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', ['--forwarded-allow-ips', '10.0.0.0/8,192.0.2.1'])
  const [address, own, scheme] = await seen({ port }, FORGED)
  assert.deepEqual([address, own > 0, scheme], ['127.0.0.1', true, 'http'])
})

test('no proxy is believed with --no-proxy-headers', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', ['--no-proxy-headers', '--forwarded-allow-ips', '*'])
  assert.deepEqual((await seen({ port }, FORGED))[0], '127.0.0.1')
})

test('over a Unix socket a proxy is believed with unix: or *, and only then', async (t) => {
  const folder = temporaryFolder(t)
  const expected = [['127.0.0.1', null, null, 'http'], ['unix:', '203.0.113.9', 0, 'https'], [
    '*',
    '203.0.113.9',
    0,
    'https',
  ]]
  for (const [list, ...facts] of expected) {
    const socketPath = path.join(folder, `socket-${expected.findIndex(([each]) => each === list)}`)
    await serve(t, 'answers_with_scope:app', ['--uds', socketPath, '--forwarded-allow-ips', list])
    assert.deepEqual(await seen({ socketPath, agent: false }, FORGED), facts, list)
  }
})

test('addresses and networks are found in each form', () => {
  const forwarded = new Forwarded('10.0.0.0/8, 192.0.2.7,2001:db8::/32')
  for (const address of ['10.1.2.3', '192.0.2.7', '2001:db8::5', '::ffff:10.1.2.3']) {
    assert.ok(forwarded.trusts(address))
  }
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::ffff:11.0.0.1', 'unknown', '']) {
    assert.equal(forwarded.trusts(address), false, address)
  }
  assert.deepEqual(forwarded.clientAmong('a, unknown, 10.0.0.1'), ['unknown', 0])
  assert.deepEqual(forwarded.clientAmong('10.0.0.2, 10.0.0.1'), ['10.0.0.2', 0], 'all of them are proxies')
  assert.deepEqual(new Forwarded('*').clientAmong('1.1.1.1, 2.2.2.2'), ['1.1.1.1', 0])
  assert.equal(forwarded.clientAmong(', '), null)
})
