'use strict'

// Heads that come again go another way than those that come for the first time: both arrive alike.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('./support')

const TIMES = 4

/** The headers as an app sees them. */
async function seen(handler, request) {
  const { body } = await handler.handleRequest({ url: '/', ...request })
  return JSON.parse(body).headers
}

test('B15 B16 B18 headers that are sent repeatedly arrive unchanged, one after the other and concurrently', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const lists = [
    [['x-one', '1']],
    [['x-latin', 'caf\xe9 \xff\x80']],
    [['x-empty', ''], ['x-tab', 'a\tb']],
    [['accept', '*/*'], ['cookie', 'a=1'], ['cookie', 'b=2'], ['x-last', 'z']],
    [['x-long', 'v'.repeat(3000)]],
    [[`x-${'n'.repeat(300)}`, 'long name']],
    [['x-longer', 'v'.repeat(20_000)]],
    Array.from({ length: 64 }, (_, index) => [`x-${index}`, `${index}`]),
    Array.from({ length: 65 }, (_, index) => [`x-${index}`, `${index}`]),
    [],
  ]
  const expected = lists.map((list) => list.map((pair) => pair.map((bytes) => ({ bytes }))))
  for (const [index, list] of lists.entries()) {
    for (let time = 0; time < TIMES; time++) {
      assert.deepEqual(await seen(handler, { headers: list }), expected[index], `list ${index}, time ${time + 1}`)
    }
  }
  const all = Array.from({ length: TIMES * lists.length }, (_, index) => index % lists.length)
  const answers = await Promise.all(all.map((index) => seen(handler, { headers: lists[index] })))
  for (const [index, answer] of answers.entries()) assert.deepEqual(answer, expected[all[index]])
})

test('B18 headers that cannot be sent are refused each time, and disturb none beside them', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const good = { headers: [['x-good', 'yes'], ['x-more', 'also']] }
  const expected = await seen(handler, good)
  // A plain object: its headers were not checked before they are sent.
  for (const value of ['a\u0000b', 'a\nb', 'a\u007fb', 'a\u0100b']) {
    for (let time = 0; time < TIMES; time++) {
      const broken = handler.handleRequest({ url: '/', headers: { 'x-good': value, 'x-more': 'also' } })
      const beside = Array.from({ length: TIMES }, () => seen(handler, good))
      await assert.rejects(broken, { code: 'ERR_ASGI_INVALID_HEADER_VALUE' })
      for (const answer of await Promise.all(beside)) assert.deepEqual(answer, expected)
    }
  }
})

test('B16 a name that HTTP forbids is refused each time', async (t) => {
  const handler = openApp(t, 'dump_scope')
  for (let time = 0; time < TIMES; time++) {
    await assert.rejects(seen(handler, { headers: { 'x bad': '1' } }), { code: /^ERR_ASGI_/ })
    assert.deepEqual((await seen(handler, { headers: { 'x-bad': '1' } })).length, 1)
  }
})

test('headers that come again arrive beside bodies of all sizes', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const headers = { accept: '*/*', 'user-agent': 'a'.repeat(2000), 'x-more': 'b'.repeat(1000) }
  const bodies = [0, 1, 100, 16_383, 16_384, 70_000, 2 << 20].map((size, index) => Buffer.alloc(size, index + 1))
  const all = Array.from({ length: 100 }, (_, index) => bodies[index % bodies.length])
  const answers = all.map((body) => handler.handleRequest({ method: 'POST', url: '/', headers, body }))
  for (const [index, { body }] of (await Promise.all(answers)).entries()) {
    assert.ok(all[index].equals(body), `body ${index} of ${all[index].length} bytes`)
  }
})

test('B5 B6 B8 B10 B11 repeated targets, methods and addresses arrive unchanged', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const sockets = [undefined, { remoteAddress: '10.0.0.1', remotePort: 1, localAddress: '::1', localPort: 443 }]
  const requests = []
  // The same length, and lengths that share a place.
  for (const url of ['/a?b', '/b?a', '/a?c', `/${'x'.repeat(67)}`, `/${'y'.repeat(600)}`, '/caf%C3%A9?q=%20']) {
    for (const method of ['GET', 'QUERY']) {
      for (const socket of sockets) {
        for (const headers of [{}, { 'x-a': '1' }]) requests.push({ url, method, socket, headers })
      }
    }
  }
  const scope = async (request) => JSON.parse((await handler.handleRequest(request)).body)
  const order = [...requests, ...requests, ...requests.flatMap((request) => [request, request, request])]
  const answers = await Promise.all(order.map(scope))
  for (const request of requests) answers.push(await scope(request), await scope(request), await scope(request))
  order.push(...requests.flatMap((request) => [request, request, request]))
  for (const [index, { method, url, socket, headers }] of order.entries()) {
    const [path, query = ''] = url.split('?')
    const seen = answers[index]
    assert.equal(seen.method, method)
    assert.deepEqual([seen.raw_path, seen.query_string], [{ bytes: path }, { bytes: query }])
    assert.equal(seen.path, decodeURIComponent(path))
    assert.deepEqual(seen.client, socket === undefined ? null : ['10.0.0.1', 1])
    assert.deepEqual(seen.server, socket === undefined ? null : ['::1', 443])
    assert.equal(seen.headers.length, Object.keys(headers).length)
  }
})

test('an address that cannot be sent is refused each time, and disturbs none beside it', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const good = () => handler.handleRequest({ url: '/good', headers: { 'x-a': '1' } })
  for (const socket of [{ remoteAddress: 'a\u0100b' }, { remoteAddress: 'a\nb' }, { remoteAddress: 'a\0b' }]) {
    for (let time = 0; time < TIMES; time++) {
      const broken = handler.handleRequest({ url: '/good', headers: { 'x-a': '1' }, socket })
      const beside = [good(), good()]
      await assert.rejects(broken, { code: 'ERR_ASGI_INVALID_HEADER_VALUE' })
      for (const { status } of await Promise.all(beside)) assert.equal(status, 200)
    }
  }
})

test('headers whose getters send requests of their own arrive unchanged', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const inner = []
  const outer = {
    get 'x-outer'() {
      inner.push(seen(handler, { headers: { 'x-inner': '2', 'x-more': '3' } }))
      return '1'
    },
  }
  for (let time = 0; time < 2 * TIMES; time++) {
    assert.deepEqual(await seen(handler, { headers: outer }), [[{ bytes: 'x-outer' }, { bytes: '1' }]])
  }
  for (const headers of await Promise.all(inner)) {
    assert.deepEqual(headers, [[{ bytes: 'x-inner' }, { bytes: '2' }], [{ bytes: 'x-more' }, { bytes: '3' }]])
  }
})
