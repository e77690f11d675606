'use strict'

// Chunks of the listener are freed when Node has written them, unless other code may refer to them.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { core } = require('../js/binding')
const { listen, openApp, send, serve, until } = require('./support')

const SIZE = 65536
/** Bytes that all responses together buffer beyond their `highWaterMark`. */
const heldBeyond = () => core.budgets.responses.borrowed
const COUNT = 64

/** Collects the Buffers that are freed until the end of the test. */
function watchFreed(t) {
  const freed = []
  const { free } = core
  core.free = (buffers) => {
    freed.push(...buffers)
    free(buffers)
  }
  t.after(() => (core.free = free))
  return freed
}

/** The body of `numbered_chunks`. */
function expected(count = COUNT, size = SIZE) {
  return Buffer.concat(Array.from({ length: count }, (_, number) => Buffer.alloc(size, number % 251)))
}

/** Waits until a number of Buffers was freed. */
async function untilFreed(freed, count) {
  await until(() => freed.length >= count, `${count} Buffers are freed`)
}

test('chunks are freed when they were written, and are empty then', async (t) => {
  const freed = watchFreed(t)
  const request = await serve(t, 'http', openApp(t, 'numbered_chunks').listener)
  const response = await request({ path: `/${COUNT}/${SIZE}` })
  assert.ok(response.body.equals(expected()))
  await untilFreed(freed, COUNT)
  assert.ok(freed.every((chunk) => chunk.length === 0))
})

test('responses side by side do not disturb each other when their chunks are freed', async (t) => {
  const request = await serve(t, 'http', openApp(t, 'numbered_chunks').listener)
  const sizes = [16384, 20000, 65536, 100000, 300000]
  const responses = await Promise.all(
    sizes.flatMap((size) => sizes.map(() => request({ path: `/20/${size}` }))),
  )
  responses.forEach(({ body }, index) => {
    assert.ok(body.equals(expected(20, sizes[Math.floor(index / sizes.length)])), `response ${index}`)
  })
})

test('chunks of a client that reads slowly are freed when it has read them', async (t) => {
  const freed = watchFreed(t)
  const handler = openApp(t, 'numbered_chunks')
  const port = await listen(t, http.createServer(handler.listener))
  const count = 512
  const request = http.get({ host: '127.0.0.1', port, path: `/${count}/${SIZE}` })
  const [response] = await once(request, 'response')
  // Not read until the app has to wait: the system holds what it can, and Node the rest.
  let held = -1
  await until(async () => {
    held = handler.stats().bytesOut
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
    return held === handler.stats().bytesOut
  }, 'the app waits')
  assert.ok(held < count * SIZE, `${held} bytes`)
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  assert.ok(Buffer.concat(chunks).equals(expected(count)))
  await untilFreed(freed, count)
})

test('chunks that a middleware keeps of a response stay unchanged', async (t) => {
  const freed = watchFreed(t)
  const handler = openApp(t, 'numbered_chunks')
  const kept = []
  const request = await serve(t, 'http', (req, res) => {
    const { write } = res
    res.write = (chunk, ...rest) => {
      kept.push(chunk)
      return write.call(res, chunk, ...rest)
    }
    handler.listener(req, res)
  })
  const response = await request({ path: `/${COUNT}/${SIZE}` })
  assert.ok(response.body.equals(expected()))
  assert.ok(Buffer.concat(kept.splice(0)).equals(expected()))
  assert.equal(freed.length, 0)
})

for (const protocol of ['https', 'h2c', 'h2']) {
  test(`over ${protocol} chunks are the connection's, and are not freed`, async (t) => {
    const freed = watchFreed(t)
    const request = await serve(t, protocol, openApp(t, 'numbered_chunks').listener)
    const response = await request({ path: `/${COUNT}/${SIZE}` })
    assert.ok(response.body.equals(expected()))
    assert.equal(freed.length, 0)
  })
}

test('a pipelined response, which waits in Node for its turn, comes whole', async (t) => {
  const handler = openApp(t, 'numbered_chunks')
  const port = await listen(t, http.createServer(handler.listener))
  const socket = net.connect(port, '127.0.0.1')
  const get = (size, rest) => `GET /${COUNT}/${size}/known HTTP/1.1\r\nhost: localhost\r\n${rest}\r\n`
  socket.write(get(SIZE, '') + get(17000, '') + get(20000, 'connection: close\r\n'))
  const chunks = []
  for await (const chunk of socket) chunks.push(chunk)
  const answers = Buffer.concat(chunks)
  for (const size of [SIZE, 17000, 20000]) {
    assert.notEqual(answers.indexOf(expected(COUNT, size)), -1, `chunks of ${size}`)
  }
})

test('the larger budget of a response whose client reads at once is returned at its end', async (t) => {
  const handler = openApp(t, 'numbered_chunks')
  let most = 0
  const closed = []
  const port = await listen(
    t,
    http.createServer((req, res) => {
      closed.push(once(res, 'close'))
      handler.listener(req, res)
    }),
  )
  const request = http.get({ host: '127.0.0.1', port, path: `/1024/${SIZE}` })
  const [response] = await once(request, 'response')
  for await (const chunk of response) if (chunk.length > 0) most = Math.max(most, heldBeyond())
  assert.ok(most > 0)
  const left = http.get({ host: '127.0.0.1', port, path: `/4096/${SIZE}` })
  const [second] = await once(left, 'response')
  while (heldBeyond() === 0) await once(second, 'data')
  left.destroy()
  await Promise.all(closed)
  assert.equal(heldBeyond(), 0)
})

test('no chunk is left after a client disconnects in the middle', async (t) => {
  const handler = openApp(t, 'numbered_chunks')
  const port = await listen(t, http.createServer(handler.listener))
  for (let round = 0; round < 5; round++) {
    const request = http.get({ host: '127.0.0.1', port, path: `/4096/${SIZE}` })
    const [response] = await once(request, 'response')
    await once(response, 'data')
    request.destroy()
  }
  assert.ok((await send({ port, path: `/${COUNT}/${SIZE}` })).body.equals(expected()))
})
