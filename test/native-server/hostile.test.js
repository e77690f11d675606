'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { target } = require('../hostile/support')
const { docroot } = require('../fuzz/world')
const { responsesIn } = require('../fuzz/sockets')
const { connect, serveNatively } = require('./support')
const { until } = require('../support')

const serveFuzz = (t, name, more) => serveNatively(t, name, { ...more, handlerOptions: { docroot } })

const parsed = (text) => responsesIn(Buffer.from(text, 'latin1')).map(({ status, body }) => [status, String(body)])

test('requests in pieces of one octet, and cut at each place, are read alike', async (t) => {
  const { port } = await serveFuzz(t, 'tells_path')
  const text =
    'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n' +
    'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyzGET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  const expected = [[200, 'POST /a 5'], [200, 'POST /b 3'], [200, 'GET /c 0']]
  const cuts = Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)])
  const exchanges = [[...text], ...cuts].map(async (pieces) => {
    const wire = connect(t, port)
    wire.socket.setNoDelay(true)
    for (const piece of pieces) {
      await new Promise((resolve) => wire.socket.write(piece, 'latin1', () => setImmediate(resolve)))
    }
    assert.deepEqual(parsed(await wire.rest()), expected, JSON.stringify(pieces[0]))
  })
  await Promise.all(exchanges)
})

test('ten thousand pipelined requests are answered in their order', async (t) => {
  const { port, server } = await serveFuzz(t, 'tells_path')
  const wire = connect(t, port)
  const count = 10_000
  for (let i = 0; i < count; i++) wire.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`)
  wire.write('GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const bodies = parsed(await wire.rest()).map(([, body]) => body)
  assert.deepEqual(bodies, [...Array.from({ length: count }, (_, i) => `GET /${i} 0`), 'GET /last 0'])
  assert.equal(server.stats().inFlight, 0)
})

for (
  const [what, headers] of Object.entries({
    'a length': [['content-length', '5'], ['content-length', 'x']],
    'a date': [['date', 'never'], ['content-length', 'x']],
    'two lengths': [['content-length', '5'], ['content-length', '6']],
    'an upgrade': [['connection', 'upgrade'], ['content-length', 'x']],
  })
) {
  test(`the 500 for a refused response head has none of its headers: ${what}`, async (t) => {
    const { handler, port } = await serveFuzz(t, 'does_harm')
    handler.on('error', () => undefined)
    const wire = connect(t, port)
    wire.write(`GET ${target('/respond', { headers })} HTTP/1.1\r\nHost: a\r\n\r\n`)
    wire.write(`GET ${target('/respond')} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const text = await wire.rest()
    assert.deepEqual(parsed(text), [[500, 'Internal Server Error'], [200, '0123456789']])
    assert.doesNotMatch(text, /never|upgrade/i)
  })
}

test('clients that reset their connection in any phase leave nothing', async (t) => {
  const { handler, port, server } = await serveFuzz(t, 'tells_path')
  handler.on('error', () => undefined)
  const phases = [
    '',
    'GET',
    'GET / HTTP/1.1\r\nHost: a\r\n',
    'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc',
    'POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
    'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50),
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500),
  ]
  const leave = ['resetAndDestroy', 'destroy', 'end']
  await Promise.all(
    phases.flatMap((text) =>
      leave.flatMap((how) =>
        Array.from({ length: 20 }, async () => {
          const { socket } = connect(t, port)
          await once(socket, 'connect')
          socket.write(text)
          await new Promise(setImmediate)
          socket[how]()
          if (!socket.destroyed || !socket.closed) await once(socket, 'close')
        })
      )
    ),
  )
  await until(() => {
    const { connections, inFlight } = server.stats()
    return connections === 0 && inFlight === 0
  }, 'no connection and no request is left')
})

test('a length may have blanks around it', async (t) => {
  const { port } = await serveFuzz(t, 'does_harm')
  const wire = connect(t, port)
  const path = target('/respond', { headers: [['content-length', ' 10\t']] })
  wire.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  assert.deepEqual(parsed(await wire.rest()), [[200, '0123456789']])
})

for (const te of ['', 'TE: gzip;q=0.5, Trailers\r\n']) {
  test(`I18 trailers only reach a client that accepts them: ${te || 'without TE'}`, async (t) => {
    const { port } = await serveNatively(t, 'send_trailers')
    const wire = connect(t, port)
    wire.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${te}\r\n`)
    assert.equal(/x-checksum: 42/.test(await wire.rest()), te !== '')
  })
}

for (
  const [what, octets, status] of [
    ['no request', 'BAD\r\n\r\n', 400],
    ['a head that is too large', `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['a head that stops', 'GET / HT', 408],
    ['a body that stops', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na', 408],
  ]
) {
  test(`after a response, ${what} is answered with ${status}`, async (t) => {
    const options = { headersTimeout: 300, requestTimeout: 300 }
    const { port } = await serveFuzz(t, 'tells_path', { options })
    const wire = connect(t, port)
    wire.write(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${octets}`)
    assert.deepEqual(parsed(await wire.rest()).map(([each]) => each), [200, status])
  })
}

test('a response before 100 Continue is the last of its connection', async (t) => {
  const { port } = await serveFuzz(t, 'does_harm', { options: { healthPath: '/health' } })
  for (const path of [target('/respond'), '/health']) {
    const wire = connect(t, port)
    wire.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n`)
    await wire.until('\r\n\r\n')
    // The server cannot know whether this is the body or a request.
    wire.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.doesNotMatch(await wire.rest(), /HTTP/)
  }
})
