'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { Request } = require('..')
const { listen, openApp, send, until } = require('./support')

const post = (body, more = '') =>
  `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`

/** Writes octets to a server in one piece, and gives the bodies of its responses. */
async function ask(port, octets) {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(octets)
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString().match(/\{.*?\}/g).map((json) => JSON.parse(json))
}

const LAST = 'connection: close\r\n'
const serve = (t, listener) => listen(t, http.createServer(listener))

test('C2 a body that comes with its head is there when the app asks for it', async (t) => {
  const port = await serve(t, openApp(t, 'counts_waits').listener)
  assert.deepEqual(await ask(port, post('with the head', LAST)), [{ body: 'with the head', waits: 0, events: 1 }])
})

test('C2 a body in a chunk that comes with its head is there when the app asks for it', async (t) => {
  const port = await serve(t, openApp(t, 'counts_waits').listener)
  const head = `POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n${LAST}\r\n`
  assert.deepEqual(await ask(port, `${head}3\r\none\r\n0\r\n\r\n`), [{ body: 'one', waits: 0, events: 1 }])
  const [{ body }] = await ask(port, `${head}3\r\none\r\n4\r\n two\r\n0\r\n\r\n`)
  assert.equal(body, 'one two')
})

test('C2 requests with bodies that come together are answered with their own', async (t) => {
  const port = await serve(t, openApp(t, 'counts_waits').listener)
  const answers = await ask(port, post('first') + post('the second') + post('3', LAST))
  assert.deepEqual(answers.map(({ body }) => body), ['first', 'the second', '3'])
})

test('C2 a body that arrives after its head is waited for', async (t) => {
  const handler = openApp(t, 'counts_waits')
  const port = await serve(t, handler.listener)
  const request = http.request({ port, method: 'POST', headers: { 'content-length': 8 } })
  request.write('half')
  await until(() => handler.stats().bytesIn === 4, 'the first half has arrived')
  request.end('rest')
  const [response] = await once(request, 'response')
  const [json] = await once(response, 'data')
  assert.equal(JSON.parse(json).body, 'halfrest')
})

test('other code may listen to a body that the listener reads', async (t) => {
  const handler = openApp(t, 'counts_waits')
  for (
    const [what, listenTo] of Object.entries({
      'before, to data': (req, heard) => req.on('data', (chunk) => heard.push(chunk)),
      'before, as text': (req, heard) => req.setEncoding('utf8').on('data', (text) => heard.push(Buffer.from(text))),
      'before, held back': (req, heard) => {
        req.pause().on('data', (chunk) => heard.push(chunk))
        setImmediate(() => req.resume())
      },
    })
  ) {
    const heard = []
    const port = await serve(t, (req, res) => {
      listenTo(req, heard)
      handler.listener(req, res)
    })
    const [{ body }] = await ask(port, post('für beide', LAST))
    assert.equal(body, 'für beide', what)
    assert.equal(Buffer.concat(heard).toString(), 'für beide', what)
  }
  const heard = []
  const port = await serve(t, (req, res) => {
    handler.listener(req, res)
    req.on('data', (chunk) => heard.push(chunk))
  })
  assert.deepEqual((await ask(port, post('für beide', LAST)))[0].body, 'für beide')
  assert.equal(Buffer.concat(heard).toString(), 'für beide', 'behind, to data')
})

test("a body whose request has setEncoding('utf8') arrives unchanged", async (t) => {
  const handler = openApp(t, 'counts_waits')
  const port = await serve(t, (req, res) => {
    req.setEncoding('utf8')
    handler.listener(req, res)
  })
  assert.deepEqual(await ask(port, post('über', LAST)), [{ body: 'über', waits: 0, events: 1 }])
})

test('a request after one with a body on the same connection is answered', async (t) => {
  const handler = openApp(t, 'counts_waits')
  const port = await serve(t, handler.listener)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  for (let i = 0; i < 20; i++) {
    const { body } = await send({
      port,
      agent,
      method: i % 3 === 0 ? 'GET' : 'POST',
      body: i % 3 === 0 ? undefined : `${i}`,
    })
    assert.equal(JSON.parse(body).body, i % 3 === 0 ? '' : `${i}`)
  }
})

test('C2 data written in the turn of the hand-over is there when the app receives', async (t) => {
  const handler = openApp(t, 'counts_waits')
  const request = new Request({ method: 'POST', url: '/' })
  const pending = handler.handleStream(request)
  request.write('at once')
  request.end()
  const response = await pending
  assert.deepEqual(JSON.parse(await response.next()), { body: 'at once', waits: 0, events: 1 })
})

test('C12 a writer that wrote more than fits, and ended, is notified when the app has read it', async (t) => {
  const handler = openApp(t, 'counts_waits', { highWaterMark: 1024 })
  const request = new Request({ method: 'POST', url: '/held' })
  const controller = new AbortController()
  const pending = handler.handleStream(request, controller.signal)
  const written = request.write(Buffer.alloc(4096, 'a'))
  request.end()
  await written
  controller.abort()
  await assert.rejects(pending, { name: 'AbortError' })
})
