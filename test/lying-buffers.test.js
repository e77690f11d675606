'use strict'

// Buffers whose `length` is wrong: each way in sends the right octets or refuses.

const assert = require('node:assert/strict')
const http = require('node:http')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const { Request } = require('..')
const { openApp } = require('./support')

const SIZES = [100, 20_000, 2 << 20]

/** Buffers of a size, filled with `x`, that lie. Each comes alone and among honest ones. */
const LIARS = {
  'a larger length': (size) => defined(size, 'length', size * 3),
  'a smaller length': (size) => defined(size, 'length', 1),
  'a negative length': (size) => defined(size, 'length', -5),
  'a length that is no number': (size) => defined(size, 'length', 'long'),
  'a length that changes': (size) => {
    let reads = 0
    return Object.defineProperty(Buffer.alloc(size, 'x'), 'length', {
      get: () => (reads++ % 2 === 0 ? size : size * 4),
    })
  },
  'another offset': (size) => defined(size, 'byteOffset', 0),
  'a class with a length of its own': (size) => {
    const buffer = Buffer.alloc(size, 'x')
    class Lying extends Uint8Array {
      get length() {
        return size * 2
      }
    }
    Object.setPrototypeOf(Lying.prototype, Buffer.prototype)
    return Object.setPrototypeOf(buffer, Lying.prototype)
  },
  'its own subarray': (size) => defined(size, 'subarray', () => Buffer.alloc(size * 2, 'y')),
}

function defined(size, name, value) {
  return Object.defineProperty(Buffer.alloc(size, 'x'), name, { value })
}

const FAKES = {
  'a Proxy': (size) => new Proxy(Buffer.alloc(size, 'x'), {}),
  "an object of Buffer's prototype": (size) => Object.create(Buffer.prototype, { length: { value: size } }),
}

/** Each returns the body that the app received, as text. */
const WAYS = {
  handleRequest: async (handler, body) => {
    return String((await handler.handleRequest({ method: 'POST', url: '/', body })).body)
  },
  'write()': async (handler, body) => {
    const request = new Request({ method: 'POST', url: '/' })
    const response = handler.handleRequest(request)
    await request.write(body)
    await request.end()
    return String((await response).body)
  },
  'a WebSocket': async (handler, body) => {
    const request = new Request({ websocket: true, url: '/' })
    const socket = await handler.handleStream(request)
    await request.write(body)
    const message = await socket.nextMessage()
    await request.end()
    return String(message)
  },
  listener: (handler, body) => {
    const req = Object.assign(new Readable({ read() {} }), { method: 'POST', url: '/', httpVersion: '1.1' })
    Object.assign(req, { headers: { 'transfer-encoding': 'chunked' }, rawHeaders: ['transfer-encoding', 'chunked'] })
    const answer = new Promise((resolve, reject) => {
      const res = new http.ServerResponse(req)
      const chunks = []
      res.write = (chunk) => chunks.push(chunk)
      res.end = (chunk, encoding) => resolve(String(Buffer.concat([...chunks, Buffer.from(chunk ?? '', encoding)])))
      handler.listener(req, res, reject)
    })
    req.emit('data', body)
    req.emit('end')
    return answer
  },
}

for (const [way, send] of Object.entries(WAYS)) {
  for (const [lie, make] of Object.entries(LIARS)) {
    test(`a Buffer with ${lie} has the octets of its memory, and its neighbours theirs: ${way}`, async (t) => {
      const handler = openApp(t, 'sums_bodies')
      for (const size of SIZES) {
        const bodies = [Buffer.alloc(50, 'a'), make(size), Buffer.alloc(30_000, 'b'), make(size), Buffer.alloc(70, 'c')]
        const answers = await Promise.all(bodies.map((body) => send(handler, body)))
        assert.deepEqual(answers, ['50 a', `${size} x`, '30000 b', `${size} x`, '70 c'])
      }
    })
  }

  for (const [fake, make] of Object.entries(FAKES)) {
    test(`${fake} is refused, and its neighbours are not: ${way}`, async (t) => {
      const handler = openApp(t, 'sums_bodies')
      handler.on('error', () => undefined)
      for (const size of SIZES) {
        const before = send(handler, Buffer.alloc(50, 'a'))
        const between = Promise.resolve().then(() => send(handler, make(size)))
        const after = send(handler, Buffer.alloc(30_000, 'b'))
        // From a stream it is the stream's own mistake, which throws where it emits.
        await assert.rejects(between)
        assert.deepEqual([await before, await after], ['50 a', '30000 b'])
      }
    })
  }
}
