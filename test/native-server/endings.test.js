'use strict'

// Ends of connections, regular and not: the responses that a client gets, and the disconnect of the app.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { connect, serveNatively } = require('./support')
const { until } = require('../support')

const PIECE = 65_536
const MOST = 64

/**
 * Opens clients that do not read, each with a request for a longer response than the previous one: for some of them
 * the system takes nearly all, and the server keeps the rest.
 *
 * @param {(path: string) => string} request of each client.
 * @returns {Promise<object[]>} their connections, when the server writes nothing more.
 */
async function asked(t, { server, port, ask }, request) {
  const wires = Array.from({ length: MOST }, (_, at) => {
    const wire = connect(t, port)
    wire.socket.pause()
    wire.write(request(`/${at + 1}/${PIECE}`))
    return wire
  })
  for (let before = -1; before !== server.stats().bytesOut;) {
    for (let turn = 0; turn < 100; turn++) await ask('/1/0')
    before = server.stats().bytesOut
    for (let turn = 0; turn < 100; turn++) await ask('/1/0')
  }
  return wires
}

/** Reads a connection to its end, and gives the length of the body of the response. */
async function bodyLength(wire, end = '') {
  wire.socket.resume()
  const text = await wire.rest()
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return end === '' ? body.length : body.indexOf(end)
}

const LAST = {
  'its end is the end of the connection': (path) => `GET ${path} HTTP/1.0\r\n\r\n`,
  'it is the last one of its connection': (path) =>
    `GET ${path}/known HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
  'what comes after its request cannot be read': (path) =>
    `GET ${path}/known HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n`,
}

for (const [what, request] of Object.entries(LAST)) {
  test(`a response to a client that reads late is whole: ${what}`, async (t) => {
    const served = await serveNatively(t, 'numbered_chunks')
    const wires = await asked(t, served, request)
    const end = what.includes('cannot be read') ? 'HTTP/1.1 400' : ''
    const lengths = await Promise.all(wires.map((wire) => bodyLength(wire, end)))
    assert.deepEqual(lengths, Array.from({ length: MOST }, (_, at) => (at + 1) * PIECE))
  })
}

test('a response that is complete is whole for a client that closes its side, or whose server closes', async (t) => {
  for (const closes of ['client', 'server', 'idle']) {
    const served = await serveNatively(t, 'numbered_chunks')
    const wires = await asked(t, served, (path) => `GET ${path}/known HTTP/1.1\r\nHost: a\r\n\r\n`)
    const complete = MOST - served.server.stats().inFlight
    assert.ok(complete > 0)
    if (closes === 'client') { for (const { socket } of wires) socket.end() }
    if (closes === 'server') served.server.close()
    if (closes === 'idle') served.server.closeIdleConnections()
    const lengths = wires.slice(0, complete).map((wire) => bodyLength(wire))
    assert.deepEqual(await Promise.all(lengths), Array.from({ length: complete }, (_, at) => (at + 1) * PIECE), closes)
    for (const { socket } of wires) socket.destroy()
  }
})

test('a client that half-closes after its requests gets the responses that do not wait', async (t) => {
  const { port, server } = await serveNatively(t, 'echo_stream')
  const wire = connect(t, port)
  const request = (body) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  wire.socket.end(`${request('first')}${request('second')}${request('third')}GET / HT`)
  const text = await wire.rest()
  assert.deepEqual(text.match(/first|second|third/g), ['first', 'second', 'third'])
  assert.equal(server.stats().inFlight, 0)
})

test('an app that waits learns that its client has closed its side, and its response ends', async (t) => {
  const { port, server, ask } = await serveNatively(t, 'notice_disconnect')
  for (const [kind, answer] of [['wait', /^$/], ['stream', /first\r\n$/]]) {
    const wire = connect(t, port)
    wire.socket.end(`GET /${kind}/${kind} HTTP/1.1\r\nHost: a\r\n\r\n`)
    assert.match(await wire.rest(), answer)
    assert.equal((await ask(`/seen/${kind}`)).text, 'http.disconnect')
  }
  assert.equal(server.stats().disconnects, 2)
})

test('a client that disconnects during an upload that the app does not read is noticed', async (t) => {
  const { port, server } = await serveNatively(t, 'gated', { options: { healthPath: '/health' } })
  const wire = connect(t, port)
  // More than the server reads ahead, and less than the system takes.
  wire.write(`POST /hold/one HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(120_000)}`)
  await wire.until('200 OK')
  wire.socket.destroy()
  await until(() => server.stats().disconnects > 0, 'the disconnect is noticed')
})
