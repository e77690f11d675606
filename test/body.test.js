'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { Request } = require('..')
const { listen, openApp } = require('./support')

const events = async (handler, request) => JSON.parse((await handler.handleRequest(request)).body)

const EMPTY = [{ type: 'http.request', body: '', more_body: false }]

/** Joins the bodies of events, after checking that only the last one has no more body. */
function joined(list) {
  assert.deepEqual(list.map(({ more_body: more }) => more), list.map((_, index) => index < list.length - 1))
  return list.map(({ body }) => body).join('')
}

test('C3 C4 a body from the constructor, or none, is complete', async (t) => {
  const handler = openApp(t, 'list_events')
  const request = new Request({ method: 'POST', url: '/', body: 'abc' })
  assert.deepEqual(await events(handler, request), [{ type: 'http.request', body: 'abc', more_body: false }])
  assert.deepEqual(await events(handler, request), [{ type: 'http.request', body: 'abc', more_body: false }])
  for (const method of ['GET', 'POST', 'DELETE', 'PROPFIND']) {
    assert.deepEqual(await events(handler, new Request({ method, url: '/' })), EMPTY)
    assert.deepEqual(await events(handler, { method, url: '/' }), EMPTY)
  }
})

test('C3 a buffer can be used again as soon as write has returned', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  const pending = handler.handleRequest(request)
  const buffer = Buffer.from('aaaa')
  for (const letter of 'abc') {
    buffer.fill(letter)
    request.write(buffer)
  }
  await request.end()
  assert.equal((await pending).body.toString(), 'aaaabbbbcccc')
})

test('C2 data written before and after the hand-over is one body', async (t) => {
  const handler = openApp(t, 'list_events')
  const request = new Request({ method: 'POST', url: '/' })
  await request.write('a')
  const pending = events(handler, request)
  await request.write('b')
  await request.end()
  assert.equal(joined(await pending), 'ab')
})

test('handleRequest takes a body whose first write comes before its turn ends', async (t) => {
  const handler = openApp(t, 'list_events')
  const request = new Request({ method: 'POST', url: '/' })
  const pending = events(handler, request)
  await request.write('late')
  await request.end()
  assert.equal(joined(await pending), 'late')
})

test('handleStream keeps a POST open until end, and a GET not', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  const response = await handler.handleStream(request)
  assert.equal(response.body, null)
  await request.write('one')
  assert.equal((await response.next()).toString(), 'one')
  await request.write(Buffer.from('two'))
  assert.equal((await response.next()).toString(), 'two')
  await request.end()
  assert.equal(await response.next(), null)
  await assert.rejects(request.write('three'), { code: 'ERR_ASGI_WRITE_AFTER_END' })
  const get = new Request({ url: '/' })
  assert.equal(await (await handler.handleStream(get)).next(), null)
  await assert.rejects(get.write('x'), { code: 'ERR_ASGI_WRITE_AFTER_END' })
})

test('a body that was streamed cannot be sent again', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  await request.write('once')
  const pending = handler.handleRequest(request)
  await request.end()
  assert.equal((await pending).body.toString(), 'once')
  for (const method of ['handleRequest', 'handleStream']) {
    await assert.rejects(handler[method](request), { code: 'ERR_ASGI_REQUEST_USED' })
  }
})

test('handleRequestSync refuses a body that is still open', async (t) => {
  const handler = openApp(t, 'list_events')
  const open = new Request({ method: 'POST', url: '/' })
  await open.write('a')
  assert.throws(() => handler.handleRequestSync(open), { code: 'ERR_ASGI_BODY_INCOMPLETE' })
  await open.end()
  const response = handler.handleRequestSync(open)
  assert.equal(joined(JSON.parse(response.body)), 'a')
  assert.deepEqual(JSON.parse(handler.handleRequestSync(new Request({ method: 'POST', url: '/' })).body), EMPTY)
})

test('C12 write waits while the app does not read', async (t) => {
  const handler = openApp(t, 'flood')
  const request = new Request({ method: 'POST', url: '/hold/write' })
  const pending = handler.handleStream(request)
  const chunk = Buffer.alloc(65536, 'x')
  const chunks = 64
  let written = 0
  const writing = (async () => {
    for (let i = 0; i < chunks; i++) {
      await request.write(chunk)
      written++
    }
    await request.end()
  })()
  // Each response proves that everything written before it had time to pass.
  for (let i = 0; i < 3; i++) await handler.handleRequest({ url: '/sent/nothing' })
  assert.ok(written <= 4, `${written} chunks were taken although the app reads none`)
  await handler.handleRequest({ url: '/read/write' })
  await writing
  assert.equal((await (await pending).next()).toString(), String(chunk.length * chunks))
})

test('D15 send() waits while the chunks are not read', async (t) => {
  const handler = openApp(t, 'flood')
  const response = await handler.handleStream({ url: '/flood/send' })
  for (let i = 0; i < 3; i++) await handler.handleRequest({ url: '/sent/nothing' })
  const sent = Number((await handler.handleRequest({ url: '/sent/send' })).body.toString())
  assert.ok(sent <= 4, `${sent} chunks were sent although none was read`)
  let length = 0
  for await (const chunk of response) length += chunk.length
  assert.equal(length, 1024 * 65536)
})

test('D15 send waits for a slow client of the listener', async (t) => {
  const handler = openApp(t, 'flood')
  let res
  const port = await listen(
    t,
    http.createServer((req, response) => {
      res = response
      handler.listener(req, response)
    }),
  )
  const client = http.get({ port, host: '127.0.0.1', path: '/flood/listener' })
  const [response] = await once(client, 'response')
  // The response is not read: the buffers of the two sockets fill up, and then the app waits.
  const sentNow = async () => Number((await handler.handleRequest({ url: '/sent/listener' })).body.toString())
  for (let [sent, same] = [0, 0]; same < 20;) {
    const now = await sentNow()
    same = now === sent ? same + 1 : 0
    sent = now
    // Chunks in flight while the system accepted data, and the high-water mark.
    assert.ok(res.writableLength <= 10 * 65536, `${res.writableLength} bytes wait although the client reads none`)
  }
  assert.ok(await sentNow() < 1024)
  let length = 0
  for await (const chunk of response) length += chunk.length
  assert.equal(length, 1024 * 65536)
})

test('C12 a client of the listener waits while the app does not read', async (t) => {
  const handler = openApp(t, 'flood')
  let paused
  const isPaused = new Promise((resolve) => (paused = resolve))
  const port = await listen(
    t,
    http.createServer((req, res) => {
      req.once('pause', paused)
      handler.listener(req, res)
    }),
  )
  const body = Buffer.alloc(32 * 1024 * 1024, 'x')
  const client = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/hold/listener' })
  client.end(body)
  await isPaused
  await handler.handleRequest({ url: '/read/listener' })
  const [response] = await once(client, 'response')
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), String(body.length))
})

test('D22 D23 an error after the start comes after the chunks before it, and never as a short body', async (t) => {
  const handler = openApp(t, 'raises')
  const response = await handler.handleStream({ url: '/after' })
  assert.equal((await response.next()).toString(), 'first')
  const expected = { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: too late', pythonType: 'ValueError' }
  await assert.rejects(response.next(), expected)
  await assert.rejects(response.next(), expected)
  await assert.rejects(handler.handleRequest({ url: '/after' }), expected)
  const request = new Request({ method: 'POST', url: '/after' })
  const pending = handler.handleRequest(request)
  await request.end()
  await assert.rejects(pending, expected)
})

test('D19 D20 D21 errors before the start and returning too early have codes', async (t) => {
  const handler = openApp(t, 'raises')
  for (const method of ['handleRequest', 'handleStream']) {
    await assert.rejects(handler[method]({ url: '/before' }), {
      code: 'ERR_ASGI_PYTHON',
      message: 'Python error: ValueError: not today',
    })
    await assert.rejects(handler[method]({ url: '/silent' }), {
      code: 'ERR_ASGI_NO_RESPONSE',
      message: 'No response sent: the application returned without one',
    })
  }
  const short = await handler.handleStream({ url: '/short' })
  assert.equal((await short.next()).toString(), 'first')
  await assert.rejects(short.next(), { code: 'ERR_ASGI_INCOMPLETE_RESPONSE' })
  await assert.rejects(handler.handleRequest({ url: '/short' }), { code: 'ERR_ASGI_INCOMPLETE_RESPONSE' })
})

test('I17 trailers are there after the end of the body', async (t) => {
  const handler = openApp(t, 'send_trailers')
  const response = await handler.handleStream({ url: '/', headers: { te: 'trailers' } })
  assert.equal(response.trailers, null)
  const chunks = []
  for await (const chunk of response) chunks.push(chunk.toString())
  assert.equal(chunks.join(''), 'firstlast')
  assert.equal(response.trailers.get('x-checksum'), '42')
  const whole = await handler.handleRequest({ url: '/' })
  assert.equal(whole.body.toString(), 'firstlast')
  assert.equal(whole.trailers.get('x-checksum'), '42')
})

test('several readers of one response take turns', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  const response = await handler.handleStream(request)
  const reading = [response.next(), response.next(), response.next()]
  await request.write('1')
  assert.equal((await reading[0]).toString(), '1')
  await request.write('2')
  assert.equal((await reading[1]).toString(), '2')
  await request.end()
  assert.equal(await reading[2], null)
})

test('anything but a request is refused', async (t) => {
  const handler = openApp(t, 'hello')
  for (const value of [undefined, null, 'GET /', 5]) {
    const expected = { code: 'ERR_ASGI_EXPECTED_REQUEST', message: /^Expected Request or an object with a url, got / }
    await assert.rejects(async () => handler.handleRequest(value), expected)
    await assert.rejects(handler.handleStream(value), expected)
  }
})

test('the body of a request that is over already is not taken for that of the next one', async (t) => {
  const over = openApp(t, 'hello')
  const handler = openApp(t, 'echo_stream')
  await Promise.all([over.ready(), handler.ready()])
  for (const size of [10, 100_000]) {
    const first = new Request({ method: 'POST', url: '/' })
    const second = new Request({ method: 'POST', url: '/' })
    const answers = [over.handleRequest(first), handler.handleRequest(second)]
    // All in one turn: the first application returns before its body is looked at.
    first.write(Buffer.alloc(size, 'x'))
    second.write(Buffer.alloc(size, 'y'))
    first.end()
    second.end()
    const [hello, echo] = await Promise.all(answers)
    assert.equal(hello.body.toString(), 'Hello, World!')
    assert.equal(echo.body.toString(), 'y'.repeat(size))
  }
})

test('a large body that is given whole arrives whole and in order, beside others', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const bodies = [1 << 20, (1 << 20) + 1, 3_000_000, 5 << 20].map((size, index) => {
    const body = Buffer.alloc(size)
    for (let at = 0; at + 4 <= size; at += 4096) body.writeUInt32LE(at + index, at)
    return body
  })
  const answers = await Promise.all([
    ...bodies.map((body) => handler.handleRequest({ method: 'POST', url: '/', body })),
    handler.handleRequest({ method: 'POST', url: '/', body: 'small' }),
  ])
  for (const [index, body] of bodies.entries()) assert.ok(body.equals(answers[index].body), `body ${index}`)
  assert.equal(answers.at(-1).body.toString(), 'small')
  const sync = handler.handleRequestSync({ method: 'POST', url: '/', body: bodies[2] })
  assert.ok(bodies[2].equals(sync.body))
  assert.equal(handler.stats().inFlight, 0)
})

test('bodies of all sizes that are sent in one turn arrive unchanged, beside invalid requests', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const sizes = [0, 1, 63, 64, 65, 1000, 16_383, 16_384, 16_385, 65_535, 65_536, 1 << 20, (1 << 20) + 1]
  const bodies = Array.from({ length: 130 }, (_, index) => Buffer.alloc(sizes[index % sizes.length], index % 251))
  // The second time with requests among them whose heads are refused when the batch is handed over.
  for (const isBroken of [false, true]) {
    const answers = bodies.map((body, index) => {
      const headers = isBroken && index % 7 === 3 ? { 'x-broken': 'a\u0000b' } : {}
      const answer = handler.handleRequest({ method: 'POST', url: '/', headers, body })
      return answer.then((response) => response.body, (error) => error.code)
    })
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      if (isBroken && index % 7 === 3) assert.equal(answer, 'ERR_ASGI_INVALID_HEADER_VALUE', `body ${index}`)
      else assert.ok(bodies[index].equals(answer), `body ${index} of ${bodies[index].length} bytes`)
    }
  }
})

test('pieces of all sizes written in one turn are one body, and their buffers may be reused', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const sizes = [1, 64, 65, 16_383, 16_384, 40_000, 2, 65_536, 3]
  const request = new Request({ method: 'POST', url: '/' })
  const pending = handler.handleRequest(request)
  const piece = Buffer.alloc(65_536)
  const expected = []
  for (const [index, size] of [...sizes, ...sizes, ...sizes].entries()) {
    piece.fill(index + 1)
    request.write(piece.subarray(0, size))
    expected.push(Buffer.alloc(size, index + 1))
  }
  piece.fill(0)
  request.end()
  assert.ok((await pending).body.equals(Buffer.concat(expected)))
})

test('messages of all sizes that are written in one turn arrive unchanged', async (t) => {
  const handler = openApp(t, 'ws_echo')
  const request = new Request({ websocket: true, url: '/' })
  const response = await handler.handleStream(request)
  const sizes = [0, 1, 64, 65, 16_383, 16_384, 40_000, 2, 3]
  const piece = Buffer.alloc(65_536)
  const messages = [...sizes, ...sizes, ...sizes]
  for (const [index, size] of messages.entries()) {
    piece.fill(index + 1)
    request.write(piece.subarray(0, size))
    request.write(`${index}`)
  }
  piece.fill(0)
  for (const [index, size] of messages.entries()) {
    assert.ok((await response.nextMessage()).equals(Buffer.alloc(size, index + 1)), `message ${index}`)
    assert.equal(await response.nextMessage(), `${index}`)
  }
  await request.end()
})
