'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { run } = require('../serve/support')
const { docroot, exchange } = require('./support')

const FORGED = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https']

/** Serves tell_whatever with the command, and gives what the app sees of a request with such headers. */
async function seen(t, args, headers) {
  const running = run(t, ['serve', 'does_harm:tell_whatever', '--app-dir', docroot, '--port', '0', ...args])
  const [, url] = await running.says(/"?Listening on ([^\s"]+)/)
  const lines = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers, '', '']
  const answer = await exchange(Number(new URL(url).port), lines.join('\r\n'))
  assert.match(answer, /^HTTP\/1\.1 200 /)
  const { client, scheme } = JSON.parse(/\{.*\}/.exec(answer)[0])
  return { client: client?.[0], port: client?.[1], scheme }
}

test('proxy headers from a client that is not a proxy are not believed', async (t) => {
  const { client, scheme } = await seen(t, ['--forwarded-allow-ips', '192.0.2.1'], FORGED)
  assert.deepEqual({ client, scheme }, { client: '127.0.0.1', scheme: 'http' })
})

test('proxy headers are not believed where they are off', async (t) => {
  const { client, scheme } = await seen(t, ['--no-proxy-headers'], FORGED)
  assert.deepEqual({ client, scheme }, { client: '127.0.0.1', scheme: 'http' })
})

const CLIENTS = [
  // Behind a proxy that is trusted, the last that is not: what its client has forged stands before.
  ['10.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['203.0.113.9, 127.0.0.1', '203.0.113.9'],
  ['<script>, 203.0.113.9', '203.0.113.9'],
  [' , ,', '127.0.0.1'],
  ['a'.repeat(5000) + ', 203.0.113.9', '203.0.113.9'],
]

for (const [value, client] of CLIENTS) {
  test(`a client that forges headers behind a trusted proxy is known by its own address: ${value.slice(0, 40)}`, async (t) => {
    const headers = [`X-Forwarded-For: ${value}`]
    assert.equal((await seen(t, ['--forwarded-allow-ips', '127.0.0.1'], headers)).client, client)
  })
}

test('invalid addresses and non-ASCII octets do no harm', async (t) => {
  const headers = ['X-Forwarded-For: caf\xe9 \xff\t:99999999999', 'X-Forwarded-Proto: gopher']
  const { scheme } = await seen(t, ['--forwarded-allow-ips', '*'], headers)
  assert.equal(scheme, 'http')
})
