'use strict'

// The error pages of the native server. test/error-page.test.js, which runs over it as well, is about what is on a page.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { quiet } = require('../support')
const { connect, serveNatively } = require('./support')

const PLAIN = 'Internal Server Error'

/** As many error pages as one I/O thread waits for. */
const MOST = 64

/** While JavaScript is blocked, Python must go on. */
const skip = process.env.PYTHON_NODE_THREAD === 'node' && 'Python waits for JavaScript'

const exposing = { options: { exposeErrors: true } }
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Serves an app that raises, and waits for its errors with JavaScript blocked. */
async function serveRaising(t) {
  quiet(t)
  const { server, ...served } = await serveNatively(t, 'raises', exposing)
  const untilFailed = (count) => {
    while (server.stats().errors < count);
  }
  return { ...served, server, untilFailed }
}

test("the option of the server decides, and the handler's is its default", async (t) => {
  quiet(t)
  const requestListener = (_, res) => res.end('from Node')
  for (const [ofServer, ofHandler, expected] of [[true, false, true], [false, true, false], [undefined, true, true]]) {
    const options = { paths: ['/before'], exposeErrors: ofServer }
    const handlerOptions = { exposeErrors: ofHandler }
    const { ask } = await serveNatively(t, 'raises', { options, handlerOptions, requestListener })
    const isShown = async () => /^Traceback[^]*ValueError: not today\n$/.test((await ask('/before')).text)
    assert.equal(await isShown(), expected)
    // From then on Node serves the connection.
    assert.equal((await ask('/other')).text, 'from Node')
    assert.equal(await isShown(), expected)
  }
})

test('an error that has a page is reported once, and counts once', async (t) => {
  const { ask, handler, server } = await serveNatively(t, 'answers_and_raises', exposing)
  const errors = []
  handler.on('error', ({ message }) => errors.push(message))
  const { status, text } = await ask('/plain')
  assert.equal(status, 500)
  assert.match(text, /^Traceback[^]*ValueError: plain\n$/)
  assert.equal((await ask('/quiet')).text, PLAIN)
  assert.deepEqual(errors, ['Python error: ValueError: plain'])
  assert.equal(server.stats().errors, 1)
})

test('a response that does not come in time has its page, too', async (t) => {
  quiet(t)
  const { ask } = await serveNatively(t, 'notice_disconnect', { ...exposing, handlerOptions: { responseTimeout: 50 } })
  const { status, text } = await ask('/wait/page', { headers: { accept: 'application/json' } })
  assert.equal(status, 500)
  assert.equal(JSON.parse(text).type, 'ERR_ASGI_NO_RESPONSE')
})

test('pipelined requests, and an upload that nobody reads, get their pages in order', async (t) => {
  const { port } = await serveRaising(t)
  const wire = connect(t, port)
  wire.write('POST /before?1 HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nContent-Length: 4\r\n\r\n')
  wire.write(`rest${get('/before?2').replace('Host', 'Accept: application/json\r\nHost')}`)
  assert.match(await wire.until('/before?1"}}'), /^HTTP\/1\.1 500 [^]*content-length: \d+\r\n/)
  wire.write(get('/before?3').replace('Host', 'Accept: application/json\r\nConnection: close\r\nHost'))
  const rest = await wire.rest()
  assert.deepEqual(rest.match(/\/before\?\d"}}/g), ['/before?2"}}', '/before?3"}}'])
})

test('a client that leaves before its page is made leaves nothing behind', { skip }, async (t) => {
  const { ask, port, server, untilFailed } = await serveRaising(t)
  for (let i = 1; i <= 3; i++) {
    const wire = connect(t, port)
    await once(wire.socket, 'connect')
    wire.write(get('/before'))
    untilFailed(i)
    wire.socket.resetAndDestroy()
  }
  assert.match((await ask('/before')).text, /^Traceback/)
  while (server.stats().connections > 1) await ask('/before')
})

test(
  'while JavaScript is blocked, so many clients wait for a page, and others get a plain response',
  { skip },
  async (t) => {
    const { ask, port, untilFailed } = await serveRaising(t)
    for (let round = 1; round <= 2; round++) {
      const wires = Array.from({ length: MOST + 8 }, () => connect(t, port))
      for (const { socket } of wires) if (socket.connecting) await once(socket, 'connect')
      for (const wire of wires) wire.write(get('/before').replace('Host', 'Connection: close\r\nHost'))
      untilFailed(round * wires.length)
      const texts = await Promise.all(wires.map((wire) => wire.rest()))
      assert.equal(texts.filter((text) => text.includes('Traceback')).length, MOST)
      assert.equal(texts.filter((text) => text.endsWith(PLAIN)).length, 8)
    }
    assert.match((await ask('/before')).text, /^Traceback/)
  },
)

test('a server that closes sends the pages that it waits for', { skip }, async (t) => {
  const { port, server, untilFailed } = await serveRaising(t)
  const wire = connect(t, port)
  await once(wire.socket, 'connect')
  wire.write(get('/before'))
  untilFailed(1)
  const ended = once(server, 'close')
  server.close()
  wire.socket.end()
  assert.match(await wire.rest(), /connection: close\r\n[^]*ValueError: not today\n$/)
  await ended
})

test('a server that closes all connections does not wait for their pages', { skip }, async (t) => {
  const { port, server, untilFailed } = await serveRaising(t)
  const wire = connect(t, port)
  await once(wire.socket, 'connect')
  wire.write(get('/before'))
  untilFailed(1)
  const ended = once(server, 'close')
  server.close()
  server.closeAllConnections()
  assert.equal(await wire.rest(), '')
  await ended
})
