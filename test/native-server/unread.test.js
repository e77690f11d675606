'use strict'

// Clients that do not read their responses, and send on.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { connect, serveNatively } = require('./support')
const { until } = require('../support')

const request = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/**
 * Writes requests, without reading, until the server takes no more.
 *
 * @returns {Promise<number>} how many it has taken; `most` when it has not stopped.
 */
async function flood({ server, ask }, socket, text, most) {
  let sent = 0
  let taken = -1
  for (;;) {
    while (sent < most && !socket.writableNeedDrain) {
      socket.write(text.repeat(1000))
      sent += 1000
    }
    // Each is a turn of the server in which it could read more.
    for (let turn = 0; turn < 30; turn++) await ask('/other')
    const { requests } = server.stats()
    const isStill = requests - taken === 30
    taken = requests
    if (isStill && (sent === most || socket.writableNeedDrain)) return taken
  }
}

const ANSWERED = [
  ['the app', '/', 20_000],
  ['the server itself', '/health', 400_000],
]

for (const [what, path, most] of ANSWERED) {
  test(`a client that does not read the responses of ${what} is not read from`, async (t) => {
    const options = { healthPath: '/health', headers: { 'x-long': 'x'.repeat(4000) } }
    const served = await serveNatively(t, 'hello', { options })
    // The answers are counted and not kept: together they may be longer than a string can be.
    const socket = net.connect(served.port, '127.0.0.1').setEncoding('latin1').pause()
    t.after(() => socket.destroy())
    const taken = await flood(served, socket, request(path), most)
    assert.ok(taken < most * 0.75, `${taken} requests were taken`)
    let count = 0
    let tail = ''
    socket.on('data', (text) => {
      const seen = tail + text
      count += seen.split('HTTP/1.1 200').length - 1
      tail = seen.slice(-11)
    })
    // The client reads again, and gets them all.
    socket.resume()
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    await once(socket, 'end')
    assert.equal(count, (socket.bytesWritten - 'Connection: close\r\n'.length) / request(path).length)
  })
}

test('data that arrives before a connection is handed over is handed over with it', async (t) => {
  const size = 1 << 20
  const served = await serveNatively(t, 'numbered_chunks', {
    options: { paths: Array.from({ length: 128 }, (_, at) => `/${at + 1}`) },
    requestListener: (req, res) => {
      let bytes = 0
      req.on('data', (chunk) => (bytes += chunk.length))
      req.on('end', () => res.end(`got ${bytes}`))
    },
  })
  const upload = `POST /node HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n${
    'x'.repeat(size)
  }`
  // For some of these sizes the system takes nearly all of the response, and the server keeps the rest.
  const wires = Array.from({ length: 64 }, (_, at) => {
    const wire = connect(t, served.port)
    wire.socket.pause()
    wire.write(request(`/${at * 2 + 1}/65536`) + upload)
    return wire
  })
  await until(async () => {
    for (let turn = 0; turn < 100; turn++) await served.ask('/1/0')
    const taken = served.server.stats().bytesOut
    for (let turn = 0; turn < 100; turn++) await served.ask('/1/0')
    return taken === served.server.stats().bytesOut
  }, 'the system takes no more')
  for (const { socket } of wires) socket.resume()
  for (const wire of wires) assert.match((await wire.rest()).slice(-300), new RegExp(`got ${size}`))
})
