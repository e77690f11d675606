'use strict'

// Python gets a request's headers as changed by middlewares in Node.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const connect = require('connect')
const express = require('express')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const WebSocket = require('ws')
const { listen, openApp, send, serve } = require('../support')

/** The headers of a scope as `[name, value]`, without those of the connection. */
function headersOf(scope) {
  const all = scope.headers.map((pair) => pair.map((each) => each.bytes))
  return all.filter(([name]) => !['host', 'connection'].includes(name))
}

const HOSTS = {
  http: (t, change, listener) => serve(t, 'http', (req, res) => (change(req), listener(req, res))),
  https: (t, change, listener) => serve(t, 'https', (req, res) => (change(req), listener(req, res))),
  h2: (t, change, listener) => serve(t, 'h2', (req, res) => (change(req), listener(req, res))),
  h2c: (t, change, listener) => serve(t, 'h2c', (req, res) => (change(req), listener(req, res))),
  Express: (t, change, listener) => mounted(t, express(), change, listener),
  Connect: (t, change, listener) => mounted(t, connect(), change, listener),
}

async function mounted(t, app, change, listener) {
  app.use((req, res, next) => (change(req), next()))
  app.use(listener)
  const port = await listen(t, http.createServer(app))
  return (options) => send({ port, ...options })
}

for (const [host, open] of Object.entries(HOSTS)) {
  /** Asks the app, and gives the headers that it saw. */
  const ask = async (t, headers, change) => {
    const request = await open(t, change, openApp(t, 'dump_scope').listener)
    const { body } = await request({ path: '/', headers })
    return headersOf(JSON.parse(body))
  }

  test(`${host}: a header that a middleware deletes and sets is not the client's`, async (t) => {
    const seen = await ask(t, { 'x-user': 'root', 'x-kept': 'yes' }, (req) => {
      delete req.headers['x-user']
      req.headers['x-user'] = 'alice'
    })
    assert.deepEqual(seen.filter(([name]) => name.startsWith('x-')), [['x-user', 'alice'], ['x-kept', 'yes']])
  })

  test(`${host}: a header that a middleware deletes is gone`, async (t) => {
    const seen = await ask(t, { 'x-user': ['root', 'admin'], 'x-kept': 'yes' }, (req) => {
      delete req.headers['x-user']
    })
    assert.deepEqual(seen.filter(([name]) => name.startsWith('x-')), [['x-kept', 'yes']])
  })

  test(`${host}: names that are as Node made them keep their order and repetition`, async (t) => {
    const headers = { 'x-list': ['a', 'b'], 'x-other': 'c', cookie: ['d=1', 'e=2'] }
    const untouched = await ask(t, headers, () => undefined)
    const read = await ask(t, headers, (req) => req.headers['x-other'])
    assert.deepEqual(read, untouched)
    const added = await ask(t, headers, (req) => {
      req.headers['x-new'] = 'f'
    })
    assert.deepEqual(added, [...untouched, ['x-new', 'f']])
  })

  test(`${host}: a middleware can reduce several lines to the first`, async (t) => {
    const seen = await ask(t, { 'x-user': ['root', 'alice'] }, (req) => {
      req.headers['x-user'] = 'root'
    })
    assert.deepEqual(seen, [['x-user', 'root']])
  })

  test(`${host}: a list becomes lines, a number text, and undefined is left out`, async (t) => {
    const seen = await ask(t, { 'x-gone': '1', 'x-none': '2', 'x-a': '3' }, (req) => {
      req.headers['x-gone'] = undefined
      req.headers['x-none'] = null
      req.headers['x-a'] = ['4', '5']
      req.headers['x-b'] = 6
    })
    assert.deepEqual(seen, [['x-a', '4'], ['x-a', '5'], ['x-b', '6']])
  })

  test(`${host}: a name in another case is the same name`, async (t) => {
    const seen = await ask(t, { 'x-user': 'root' }, (req) => {
      req.headers['X-User'] = 'alice'
    })
    assert.deepEqual(seen, [['x-user', 'alice']])
  })

  test(`${host}: a header that no request can have is an error of that request only`, async (t) => {
    let value = 'caf\u0113'
    const request = await open(t, (req) => {
      req.headers['x-a'] = value
    }, openApp(t, 'dump_scope').listener)
    t.mock.method(console, 'error', () => undefined)
    assert.equal((await request({ path: '/' })).status, 500)
    value = 'caf\u00e9'
    const { body } = await request({ path: '/' })
    assert.deepEqual(headersOf(JSON.parse(body)), [['x-a', 'caf\u00e9']])
  })
}

for (const host of ['http', 'h2', 'Express']) {
  test(`${host}: the host is the one that a middleware has set`, async (t) => {
    const request = await HOSTS[host](t, (req) => {
      req.headers.host = 'inside'
    }, openApp(t, 'dump_scope').listener)
    const { headers } = JSON.parse((await request({ path: '/' })).body)
    assert.deepEqual(headers.filter(([name]) => name.bytes === 'host').map(([, value]) => value.bytes), ['inside'])
  })
}

test('an object that a middleware puts in the place of req.headers counts, whichever way it does that', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const headers = { 'x-a': '1' }
  const request = await serve(t, 'http', (req, res) => {
    if (req.url === '/assigned') req.headers = headers
    else if (req.url === '/defined') Object.defineProperty(req, 'headers', { value: headers })
    else if (req.url === '/inherited') {
      const prototype = Object.create(Object.getPrototypeOf(req), { headers: { get: () => headers } })
      Object.setPrototypeOf(req, prototype)
    }
    listener(req, res)
  })
  for (const path of ['/as-it-is', '/assigned', '/as-it-is', '/defined', '/as-it-is', '/inherited', '/as-it-is']) {
    const scope = JSON.parse((await request({ path, headers: { 'x-a': '0', 'x-b': '0' } })).body)
    const own = headersOf(scope).filter(([name]) => name.startsWith('x-'))
    assert.deepEqual(own, path === '/as-it-is' ? [['x-a', '0'], ['x-b', '0']] : [['x-a', '1']])
  }
})

test('properties of Object.prototype are not taken for headers', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const request = await serve(t, 'http', (req, res) => {
    // oxlint-disable-next-line no-extend-native -- as a library with a fault does it
    Object.prototype['x-polluted'] = 'yes'
    try {
      delete req.headers['x-user']
      req.headers['x-new'] = '1'
      listener(req, res)
    } finally {
      delete Object.prototype['x-polluted']
    }
  })
  const { body } = await request({ path: '/', headers: { 'x-user': 'root' } })
  assert.deepEqual(headersOf(JSON.parse(body)), [['x-new', '1']])
})

test('a body keeps its framing when a middleware removes the framing header', async (t) => {
  const { listener } = openApp(t, 'echo_stream')
  const request = await serve(t, 'http', (req, res) => {
    delete req.headers['content-length']
    delete req.headers['transfer-encoding']
    listener(req, res)
  })
  for (const headers of [{ 'content-length': 4 }, { 'transfer-encoding': 'chunked' }]) {
    assert.equal((await request({ method: 'POST', path: '/', headers, body: 'body' })).body.toString(), 'body')
  }
})

test('headers that are read and not changed keep their raw form, those with one value among them', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const lines = ['Host: a', 'Authorization: one', 'x-A: 1', 'authorization: two', 'X-a: 2', '__proto__: p']
  const seen = []
  for (const read of [false, true]) {
    const port = await listen(
      t,
      http.createServer((req, res) => {
        if (read) assert.equal(req.headers.authorization, 'one')
        listener(req, res)
      }),
    )
    const socket = net.connect(port, '127.0.0.1')
    socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
    const chunks = []
    for await (const chunk of socket) chunks.push(chunk)
    const [, body] = Buffer.concat(chunks).toString().split('\r\n\r\n')
    seen.push(JSON.parse(body).headers.map((pair) => pair.map((each) => each.bytes)))
  }
  assert.deepEqual(seen[1], seen[0])
  assert.deepEqual(seen[0].slice(1, 6), [
    ['authorization', 'one'],
    ['x-a', '1'],
    ['authorization', 'two'],
    ['x-a', '2'],
    ['__proto__', 'p'],
  ])
})

test('of more headers than Node shows, those that nothing in Node could see are gone once one was changed', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const server = http.createServer((req, res) => {
    if (req.url === '/changed') delete req.headers['x-2']
    listener(req, res)
  })
  server.maxHeadersCount = 5
  const port = await listen(t, server)
  const headers = { host: 'a', connection: 'close', 'x-1': '1', 'x-2': '2', 'x-3': '3', 'x-user': 'root' }
  const names = []
  for (const path of ['/', '/changed']) {
    const { status, body } = await send({ port, path, headers })
    // Newer Nodes refuse such a request.
    if (status === 431) return
    names.push(headersOf(JSON.parse(body)).map(([name]) => name))
  }
  assert.deepEqual(names[0], ['x-1', 'x-2', 'x-3', 'x-user'])
  assert.deepEqual(names[1], ['x-1', 'x-3'])
})

test('a WebSocket gets the headers that are left, too', async (t) => {
  const handler = openApp(t, 'ws_scope')
  const server = http.createServer()
  server.on('upgrade', (req, socket, head) => {
    delete req.headers['x-user']
    req.headers['x-user'] = 'alice'
    handler.upgrade(req, socket, head)
  })
  const port = await listen(t, server)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { 'X-User': 'root', 'X-Kept': 'yes' } })
  const [text] = await once(client, 'message')
  const { scope } = JSON.parse(text)
  const own = headersOf(scope).filter(([name]) => name.startsWith('x-'))
  assert.deepEqual(own, [['x-user', 'alice'], ['x-kept', 'yes']])
  client.terminate()
})
