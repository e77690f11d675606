'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { responsesIn } = require('../fuzz/sockets')
const { quiet, temporaryFolder, until } = require('../support')
const { exchange, handshake, serveHostile, target } = require('./support')

/** Asks for something and, on the same connection, for the last response: gives the responses that a client reads. */
async function twice(port, first) {
  const last = target('/respond', { headers: [['x-last', 'yes']], body: 'last' })
  const requests = [[first, 'keep-alive'], [last, 'close']]
  const text = requests.map(([path, connection]) => {
    return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`
  })
  const bytes = Buffer.from(await exchange(port, text.join('')), 'latin1')
  const responses = responsesIn(bytes)
  return { bytes, responses }
}

/** Each response is the answer to its own request, or the connection ends with the first. */
function assertInStep({ responses, bytes }, status) {
  assert.equal(responses[0]?.status, status, bytes.toString('latin1'))
  assert.equal(responses[0].headers.get('x-last'), undefined)
  assert.equal(responses.length, 2)
  assert.equal(responses[1].headers.get('x-last'), 'yes')
  assert.equal(responses[1].body.toString(), 'last')
}

const LENGTHS = [['5', '10'], ['abc'], ['+10'], ['5, 10'], ['-1'], ['0x0a'], ['1e1'], ['10.0'], ['9'.repeat(23)], ['']]

for (const app of ['/respond', '/pieces']) {
  for (const lengths of LENGTHS) {
    test(`a content-length that could be read in two ways is not sent: ${app} ${JSON.stringify(lengths)}`, async (t) => {
      quiet(t)
      const { port } = await serveHostile(t, 'does_harm')
      const headers = lengths.map((value) => ['Content-Length', value])
      const { bytes, responses } = await twice(port, target(app, { headers }))
      for (const value of lengths) assert.ok(!bytes.includes(`content-length: ${value}\r\n`), bytes.toString('latin1'))
      // Either an error in its place, or a connection that ends without it: never the next one's answer.
      if (responses.length > 0) assertInStep({ bytes, responses }, 500)
    })
  }

  for (const status of [100, 101, 102, 103, 199]) {
    test(`a status that is no response's leaves the answers in step: ${app} ${status}`, async (t) => {
      quiet(t)
      const { port } = await serveHostile(t, 'does_harm')
      assertInStep(await twice(port, target(app, { status })), 500)
    })
  }
}

test('two equal content-lengths are one', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const headers = [['content-length', '10'], ['Content-Length', '10']]
  assertInStep(await twice(port, target('/respond', { headers })), 200)
})

test('a length may have blanks around it', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  assertInStep(await twice(port, target('/respond', { headers: [['content-length', ' 10\t']] })), 200)
})

test('headers that look like framing are headers', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const headers = [['content_length', '3'], ['transfer_encoding', 'chunked'], ['Transfer-Encoding', 'gzip, chunked']]
  const seen = await twice(port, target('/respond', { headers }))
  assertInStep(seen, 200)
  assert.equal(seen.responses[0].body.toString(), '0123456789')
})

for (const [what, size] of [['grown', 50], ['the same', 10], ['empty', 0]]) {
  test(`a file that is ${what} after its length was sent does not shift the next responses`, async (t) => {
    const file = path.join(temporaryFolder(t), 'file')
    fs.writeFileSync(file, 'x'.repeat(size))
    const { port } = await serveHostile(t, 'does_harm')
    const { bytes, responses } = await twice(port, target('/file', { file, headers: [['content-length', '10']] }))
    if (size >= 10) {
      assertInStep({ bytes, responses }, 200)
      assert.equal(responses[0].body.toString(), 'x'.repeat(10))
    } else {
      // Cut off: the client sees that something is missing.
      assert.equal(responses.length, 0)
      assert.match(bytes.toString('latin1'), /^HTTP\/1\.1 200 /)
      assert.ok(!bytes.includes('x-last'))
    }
  })
}

const INJECTIONS = [
  'a\r\nx-evil: 1',
  'a\r\n\r\nHTTP/1.1 200 OK',
  'a b',
  'a\0',
  'caf\xe9',
  '\u20ac',
  'a,b',
  'a;b',
  '"a"',
]

for (const subprotocol of INJECTIONS) {
  test(`a subprotocol that is no token is not sent: ${JSON.stringify(subprotocol)}`, async (t) => {
    const { port } = await serveHostile(t, 'does_harm')
    const request = handshake(target('/accept', { subprotocol }), ['Sec-WebSocket-Protocol: a'])
    const answer = await exchange(port, request)
    assert.match(answer, /^HTTP\/1\.1 500 /)
    assert.ok(!answer.includes('x-evil'))
  })
}

test('a handshake has no content-length', async (t) => {
  const { port } = await serveHostile(t, 'does_harm')
  const socket = net.connect(port, '127.0.0.1')
  socket.write(handshake(target('/accept', { headers: [['Content-Length', '5'], ['x-kept', 'yes']] })))
  const head = (await once(socket, 'data'))[0].toString('latin1')
  socket.destroy()
  assert.match(head, /^HTTP\/1\.1 101 /)
  assert.match(head, /x-kept: yes\r\n/)
  assert.doesNotMatch(head, /content-length/i)
})

for (const query of [{ status: 101 }, { status: 199 }, { headers: [['content-length', 'abc']] }]) {
  test(`a denial that is no response is a plain 500: ${JSON.stringify(query)}`, async (t) => {
    const { port } = await serveHostile(t, 'does_harm')
    const answer = await exchange(port, handshake(target('/deny', query)))
    assert.match(answer, /^HTTP\/1\.1 500 /)
    assert.match(answer, /\r\nconnection: close\r\n/i)
  })
}

test('a WebSocket is not opened over a connection whose earlier response is still on its way', async (t) => {
  const { handler, port } = await serveHostile(t, 'does_harm')
  const socket = net.connect(port, '127.0.0.1')
  socket.write(`GET ${target('/stream')} HTTP/1.1\r\nHost: localhost\r\n\r\n${handshake(target('/accept'))}`)
  let received = ''
  while (received.length < 100_000) received += (await once(socket, 'data'))[0].toString('latin1')
  assert.ok(!received.includes('101 Switching'))
  assert.equal(handler.stats().websockets, 0)
  // The stream notices the disconnect, although Node's server has detached the connection.
  socket.destroy()
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
})

for (const second of ['GET', 'POST']) {
  test(`a request after one that is not answered yet is not started when its client leaves: ${second}`, async (t) => {
    const { handler, port } = await serveHostile(t, 'does_harm')
    const socket = net.connect(port, '127.0.0.1')
    const length = second === 'POST' ? 'Content-Length: 10\r\n' : ''
    socket.write(`GET ${target('/wait')} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    socket.write(`${second} ${target('/wait')} HTTP/1.1\r\nHost: localhost\r\n${length}\r\nabc`)
    await until(() => handler.stats().inFlight === 1, 'the first request is in flight')
    socket.destroy()
    await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
    assert.equal(handler.stats().requests, 1)
    assert.equal(handler.stats().disconnects, 1)
  })
}

test('a response that fetch cannot say is counted once', async (t) => {
  const { handler } = await serveHostile(t, 'does_harm')
  for (const status of [600, 999]) {
    const request = new globalThis.Request(`http://localhost${target('/respond', { status })}`)
    await assert.rejects(handler.fetch(request), RangeError)
    assert.equal(handler.stats().inFlight, 0)
  }
})

test('a response that Node refuses is counted once', async (t) => {
  quiet(t)
  const { handler, port } = await serveHostile(t, 'does_harm')
  const request = http.get({ host: '127.0.0.1', port, path: target('/respond', { status: 101 }), agent: false })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  assert.equal(response.statusCode, 500)
  assert.equal(handler.stats().inFlight, 0)
})
