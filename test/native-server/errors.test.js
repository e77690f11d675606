'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { PathRewriter } = require('../..')
const { listen, openApp, temporaryFolder } = require('../support')
const { closed, serveNatively } = require('./support')

/** The errors of Node's server and of ours when they cannot listen there. */
async function failures(t, ...place) {
  const handler = openApp(t, 'hello')
  const servers = [net.createServer(), handler.createServer()]
  return Promise.all(servers.map(async (server) => {
    server.on('listening', () => assert.fail('it listens'))
    const failed = once(server, 'error')
    server.listen(...place)
    const [{ message, code, syscall, errno, address, port, hostname }] = await failed
    assert.equal(server.listening, false)
    return { message, code, syscall, errno, address, port, hostname }
  }))
}

test('a port in use is reported as Node does', async (t) => {
  const port = await listen(t, net.createServer())
  const [expected, told] = await failures(t, port, '127.0.0.1')
  assert.equal(told.code, 'EADDRINUSE')
  assert.deepEqual(told, expected)
})

test('a port in use is reported as Node does, also without a host', async (t) => {
  const other = net.createServer().listen(0)
  t.after(() => other.close())
  await once(other, 'listening')
  const [expected, told] = await failures(t, other.address().port)
  assert.deepEqual(told, expected)
})

test('an address of another machine is reported as Node does', async (t) => {
  const [expected, told] = await failures(t, 1, '192.0.2.1')
  assert.equal(told.code, 'EADDRNOTAVAIL')
  assert.deepEqual(told, expected)
})

test('an unknown host name is reported as Node does', async (t) => {
  const [expected, told] = await failures(t, 0, 'nowhere.invalid')
  assert.equal(told.syscall, 'getaddrinfo')
  assert.deepEqual(told, expected)
})

test('a Unix socket in use, and one without a folder, are reported with their path', async (t) => {
  const folder = temporaryFolder(t)
  const taken = path.join(folder, 'taken')
  await listen(t, net.createServer(), taken)
  const [expected, told] = await failures(t, taken)
  assert.equal(told.code, 'EADDRINUSE')
  assert.deepEqual(told, expected)
  const [, absent] = await failures(t, path.join(folder, 'absent', 'socket'))
  assert.equal(absent.code, 'ENOENT')
})

test('a server that could not listen can listen elsewhere', async (t) => {
  const port = await listen(t, net.createServer())
  const server = openApp(t, 'hello').createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'error')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await closed(server)
})

test('listen() of a server that listens, or of a handler that is closed, is refused', async (t) => {
  const { handler, server } = await serveNatively(t, 'hello')
  assert.throws(() => server.listen(0), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  await handler.close()
  assert.throws(() => handler.createServer().listen(0), { code: 'ERR_ASGI_CLOSED' })
})

test('arguments of listen that are none are refused as by Node', (t) => {
  const server = openApp(t, 'hello').createServer()
  const wrong = {
    ERR_SOCKET_BAD_PORT: [[65536], [-1], [1.5], [{ port: 'x' }]],
    ERR_INVALID_ARG_VALUE: [[{}], [{ host: 'a' }], [{ port: 0, ipv6Only: true }], [{ _handle: {} }], ['a\0b']],
    ERR_INVALID_ARG_TYPE: [[{ port: 0, host: 5 }]],
  }
  for (const [code, forms] of Object.entries(wrong)) {
    for (const form of forms) assert.throws(() => server.listen(...form), { code }, JSON.stringify(form))
  }
  assert.equal(server.listening, false)
})

test('options that are none are refused by their name', (t) => {
  const handler = openApp(t, 'hello')
  const wrong = [
    { paths: [] },
    { paths: '/' },
    { paths: ['api'] },
    { paths: ['/api/'] },
    { paths: ['/a?b'] },
    { ioThreads: 0 },
    { ioThreads: 65 },
    { headersTimeout: -1 },
    { headersTimeout: 2000, requestTimeout: 1000 },
    { requestTimeout: '5' },
    { keepAliveTimeout: 1.5 },
    { writeTimeout: NaN },
    { maxHeaderSize: 10 },
    { maxHeadersCount: -1 },
    { maxConnections: Infinity },
    { maxRequestBody: -1 },
    { healthPath: 'health' },
    { healthPath: 5 },
    { forwardedAllowIps: 5 },
    { forwardedAllowIps: 'proxy' },
    { forwardedAllowIps: '10.0.0.0/33' },
    { forwardedAllowIps: ['10.0.0.1', 5] },
    { exposeErrors: 'yes' },
    { headers: [] },
    { headers: { 'a b': 'c' } },
    { headers: { a: 'b\r\nc' } },
    { headers: { 'Content-Length': '5' } },
    { nothing: 1 },
  ]
  for (const options of wrong) {
    const [name] = Object.keys(options)
    const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: new RegExp(`^Invalid option '${name}': `) }
    assert.throws(() => handler.createServer(options), expected, JSON.stringify(options))
  }
  for (const args of [[5], [{}, 5], [{}, {}], [{}, net.createServer()]]) {
    assert.throws(() => handler.createServer(...args), { code: 'ERR_ASGI_INVALID_OPTION' })
  }
})

test('options with their defaults, and listeners that are null, are taken', (t) => {
  const handler = openApp(t, 'hello')
  for (const args of [[], [undefined], [null], [{}, null], [{ paths: undefined, forwardedAllowIps: [] }, undefined]]) {
    assert.equal(handler.createServer(...args).listening, false)
  }
  // The head is a part of the request.
  handler.createServer({ requestTimeout: 1000 })
})

test('options of a handler that need JavaScript for each request are refused', (t) => {
  const options = {
    rewriter: new PathRewriter('a', 'b'),
    scope: () => ({}),
  }
  for (const [name, value] of Object.entries(options)) {
    const handler = openApp(t, 'hello', { [name]: value })
    const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: new RegExp(`^Invalid option '${name}': .*listener`) }
    assert.throws(() => handler.createServer(), expected)
  }
})
