'use strict'

// Requests that no server has parsed: adapters of clouds and mocks of tests make them of an object.

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const http = require('node:http')
const { Readable, Writable } = require('node:stream')
const { test } = require('node:test')
const { openApp, quiet } = require('../support')

/** A request as adapters of clouds make it: all headers in `headers`, none in `rawHeaders`. */
function adapted({ method = 'GET', url = '/', headers = {}, body }, streams = false) {
  const socket = { encrypted: true, remoteAddress: '192.0.2.1', address: () => ({ port: 443 }) }
  const req = new http.IncomingMessage(socket)
  const version = { httpVersion: '1.1', httpVersionMajor: '1', httpVersionMinor: '1' }
  Object.assign(req, { method, url, headers, complete: true, ...version })
  if (body !== undefined && !streams) req.body = body
  req._read = () => {
    if (streams) req.push(body)
    req.push(null)
  }
  return req
}

/** A response that is collected. */
class Collected extends http.ServerResponse {
  constructor(req, resolve) {
    super(req)
    const chunks = []
    const socket = new Writable({ write: (chunk, _encoding, done) => (chunks.push(chunk), done()) })
    this.assignSocket(socket)
    this.on('finish', () => {
      const [head, ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n')
      resolve({ status: this.statusCode, head, body: rest.join('\r\n\r\n') })
    })
  }
}

const answer = (listener, req) => new Promise((resolve) => listener(req, new Collected(req, resolve)))

test('a request with its headers in req.headers alone has them in Python', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const headers = { host: 'cloud', 'X-Kind': 'adapter', 'x-list': ['1', '2'] }
  const { status, body } = await answer(listener, adapted({ url: '/a?b', headers }))
  assert.equal(status, 200)
  const scope = JSON.parse(body)
  assert.deepEqual(scope.headers.map((pair) => pair.map((each) => each.bytes)), [
    ['host', 'cloud'],
    ['x-kind', 'adapter'],
    ['x-list', '1'],
    ['x-list', '2'],
  ])
  assert.equal(scope.scheme, 'https')
  assert.deepEqual(scope.client, ['192.0.2.1', null])
})

for (
  const [what, body] of [['a Buffer', Buffer.from('body')], ['text', 'body'], ['bytes', new Uint8Array(4).fill(98)]]
) {
  for (const streams of [false, true]) {
    for (const headers of streams ? [{ 'content-length': '4' }] : [{}, { 'content-length': '4' }]) {
      const where = streams ? 'read from the request' : 'in req.body'
      const length = 'content-length' in headers ? 'with' : 'without'
      test(`its body is ${what}, ${where}, ${length} a length`, async (t) => {
        const { listener } = openApp(t, 'echo_stream')
        const response = await answer(listener, adapted({ method: 'POST', headers, body }, streams))
        assert.equal(response.status, 200)
        assert.match(response.body, what === 'bytes' ? /bbbb/ : /body/)
      })
    }
  }
}

test('values that are left of a body are no body', async (t) => {
  quiet(t)
  const { listener } = openApp(t, 'echo_stream')
  assert.equal((await answer(listener, adapted({ method: 'POST', body: { parsed: true } }))).status, 500)
  // The values of mocks without arguments.
  assert.equal((await answer(listener, adapted({ method: 'GET', body: {} }))).status, 200)
})

test('a mock that is no message of Node, and has no socket, is answered', async (t) => {
  const { listener } = openApp(t, 'dump_scope')
  const req = Object.assign(new EventEmitter(), { method: 'GET', url: '/mock', headers: { 'x-a': '1' } })
  const { status, body } = await answer(listener, req)
  assert.equal(status, 200)
  const scope = JSON.parse(body)
  assert.equal(scope.http_version, '1.1')
  assert.equal(scope.client, null)
  assert.equal(scope.scheme, 'http')
  assert.deepEqual(scope.headers, [[{ bytes: 'x-a' }, { bytes: '1' }]])
})

test('a request of another library with raw headers and a body of its own is answered', async (t) => {
  const { listener } = openApp(t, 'echo_stream')
  const req = Object.assign(Readable.from([Buffer.from('body')]), {
    method: 'POST',
    url: '/',
    httpVersion: '1.1',
    headers: { 'content-length': '4' },
    rawHeaders: ['content-length', '4'],
    socket: new EventEmitter(),
  })
  assert.match((await answer(listener, req)).body, /body/)
})

test('a response whose writeHead takes no list has the headers of the app', async (t) => {
  const { listener } = openApp(t, 'send_headers')
  class Adapted extends Collected {
    writeHead(status, reason, given) {
      const headers = typeof reason === 'string' ? given : reason
      for (const name in headers) this.setHeader(name, headers[name])
      return super.writeHead(status, reason, given)
    }
  }
  const { head } = await new Promise((resolve) => {
    const req = adapted({ url: '/' })
    listener(req, new Adapted(req, resolve))
  })
  assert.doesNotMatch(head, /^0:/m)
})
