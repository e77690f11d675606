'use strict'

const assert = require('node:assert/strict')
const wire = require('./http2-wire')
const { pairOf, textOf } = require('./pairs')
const { Served, nameOf, namedIn } = require('./served')
const { mutated } = require('./wire')
const { CASE_LIMIT } = require('./world')

const { frame } = wire

const PADDED = 8
const WITH_PRIORITY = 0x20

/** Pieces of frames, for what is changed octet by octet. */
const PIECES = [
  '\0\0\0\x04\0\0\0\0\0',
  '\0\0\0\x04\x01\0\0\0\0',
  '\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff',
  '\xff\xff\xff',
]
  .concat([
    '\0\0\x01\0\x01\0\0\0\x01a',
    '\0\0\0\x09\x04\0\0\0\x01',
    '\x7f\xff',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x82\x87',
  ])

const repeated = (times, make) => Buffer.concat(Array.from({ length: times }, (_, index) => make(index)))

/** What a client can send besides valid requests. Streams from 10,001 on are free. */
const ODDITIES = {
  'many resets': (random) => {
    const make = (index) => Buffer.concat([wire.request(10_001 + 2 * index), wire.reset(10_001 + 2 * index)])
    return repeated(random.of([50, 500, 2000]), make)
  },
  'many requests': (random, name) =>
    repeated(random.from(100, 400), (index) => wire.request(10_001 + 2 * index, { path: `/late/${name}` })),
  'many settings': (random) =>
    repeated(random.from(10, 3000), () => wire.settings([[random.from(1, 8), random.below(99)]])),
  'many pings': (random) => repeated(random.from(10, 3000), () => frame(wire.PING, 0, 0, Buffer.alloc(8))),
  'empty data': (random, name) =>
    Buffer.concat([
      wire.request(10_001, { method: 'POST', path: `/whole/${name}`, isLast: false }),
      repeated(random.from(10, 3000), () => frame(wire.DATA, 0, 10_001)),
    ]),
  'headers without an end': (random) =>
    Buffer.concat([
      frame(wire.HEADERS, 0, 10_001, wire.headerBlock(wire.requestHeaders())),
      repeated(random.from(1, 300), () => frame(wire.CONTINUATION, 0, 10_001, wire.headerBlock([['x', 'y']]))),
    ]),
  'a header bomb': (random) => {
    // One long header in the table, and then an octet for each time that it is meant.
    const long = Buffer.concat([
      Buffer.from([0x40, 1]),
      Buffer.from('x'),
      Buffer.from([127, 0x81, 0x1e]),
      Buffer.alloc(4000, 'a'),
    ])
    const block = Buffer.concat([
      wire.headerBlock(wire.requestHeaders()),
      long,
      Buffer.alloc(random.from(10, 4000), 0xbe),
    ])
    return frame(wire.HEADERS, wire.END_HEADERS | wire.END_STREAM, 10_001, block)
  },
  'many headers': (random, name) => {
    const headers = Array.from({ length: random.from(100, 1200) }, () => ['x', ''])
    return wire.request(10_001, { path: `/whole/${name}`, headers })
  },
  'no window': (_random, name) =>
    Buffer.concat([wire.settings([[4, 0]]), wire.request(10_001, { path: `/whole/${name}` })]),
  'too much window': () => Buffer.concat([wire.windowUpdate(0, 0x7fffffff), wire.windowUpdate(0, 0x7fffffff)]),
  'odd headers': (random, name) => {
    const headers = [[':path', '/b'], [':status', '200'], ['Upper', 'a'], ['connection', 'close'], ['te', 'gzip'], [
      'a b',
      'c',
    ]]
      .concat([['x', 'a\r\nb'], ['x', '\0'], ['', 'a'], ['content-length', '5'], ['host', 'b'], [
        'upgrade',
        'websocket',
      ]])
      .concat([['transfer-encoding', 'chunked'], ['cookie', 'a=b'], [':protocol', 'websocket'], [':authority', 'b c']])
    return wire.request(10_001, { path: `/whole/${name}`, headers: random.some(1, 3, () => random.of(headers)) })
  },
  'odd request': (random, name) =>
    wire.request(10_001, {
      method: random.of(['CONNECT', 'HEAD', 'TRACE', '', 'G T', 'get']),
      path: random.of(['*', '', 'a', `//${name}`, `/whole/${name}#a`, 'http://a/b', `/whole/${name}\xff`]),
    }),
  'long path': (random, name) =>
    wire.request(10_001, { path: `/whole/${name}?${'a'.repeat(random.from(5000, 16_000))}` }),
  promise: () => frame(wire.PUSH_PROMISE, wire.END_HEADERS, 1, Buffer.alloc(4)),
  'data of unknown streams': (random) => frame(wire.DATA, 0, random.of([0, 2, 10_001]), random.bytes(10)),
  'going away': (random) => frame(wire.GOAWAY, 0, 0, random.bytes(8)),
  'old stream': () => Buffer.concat([wire.request(10_003), wire.request(10_001)]),
  'unfinished upload': (_random, name) =>
    wire.request(10_001, { method: 'POST', path: `/whole/${name}`, isLast: false }),
  'unfinished frame': () => wire.request(10_001).subarray(0, 12),
  'large frame': (random) => frame(wire.DATA, 0, 1, Buffer.alloc(random.of([16_385, 100_000]))),
  'unknown frame': (random) =>
    frame(random.from(10, 255), random.below(256), random.below(5), random.bytes(random.below(50))),
  'any frame': (random) => frame(random.below(11), random.below(256), random.below(9), random.bytes(random.below(40))),
  'HTTP/1': () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  noise: (random) => random.bytes(random.below(300)),
}

/** Whole connections of HTTP/2 to `serve`: frames in any order, changed, flooding, left in any way. */
class HTTP2Connections {
  #served = new Served({ isSecure: true })

  open() {
    return this.#served.open()
  }

  close() {
    return this.#served.close()
  }

  async run(random, number) {
    const client = new Client(await wire.openTLS(this.#served.port))
    try {
      const said = random.once(3) ? await this.#sound(random, number, client) : await this.#odd(random, number, client)
      this.#served.check()
      return said
    } finally {
      client.socket.destroy()
    }
  }

  /** Sends only valid requests, and checks their responses. */
  async #sound(random, number, client) {
    const { requests, frames } = conversation(random, number)
    client.write(Buffer.concat([wire.PREFACE, wire.settings()]))
    for (const each of frames) {
      client.write(each)
      if (random.once(5)) await new Promise(setImmediate)
    }
    await client.until(() => client.ended.size >= requests.size, CASE_LIMIT)
    for (const [stream, request] of requests) {
      assert.ok(client.ended.has(stream), `not answered: ${request.method} ${request.kind}`)
      assert.equal(client.bodies.get(stream)?.toString('latin1') ?? '', textOf(request))
    }
    client.socket.end()
    return 'sound'
  }

  async #odd(random, number, client) {
    const kinds = []
    if (!random.once(20)) client.write(Buffer.concat([wire.PREFACE, wire.settings()]))
    for (let left = random.from(1, 4), index = 0; left > 0; left--, index++) {
      const kind = random.of([...Object.keys(ODDITIES), 'sound', 'mutated', 'shuffled', 'changed'])
      kinds.push(kind)
      client.write(this.#bytesOf(kind, random, number, index))
      if (random.once(3)) await client.until(() => false, random.below(5))
    }
    if (random.once(2)) await client.until(() => false, 5)
    await leave(random, client)
    for (const body of client.bodies.values()) namedIn(body, number)
    return kinds.length === 1 ? kinds[0] : 'several'
  }

  #bytesOf(kind, random, number, index) {
    if (ODDITIES[kind] !== undefined) return ODDITIES[kind](random, nameOf(number, index))
    const { frames } = conversation(random, number)
    if (kind === 'mutated') return mutated(random, Buffer.concat(frames), PIECES)
    if (kind === 'shuffled') frames.sort(() => random.below(3) - 1)
    if (kind === 'changed') {
      for (let left = random.from(1, 3); left > 0; left--) {
        const each = Buffer.from(random.of(frames))
        // Of its head: the length, the type, the flags, the stream.
        each[random.below(9)] = random.once(2) ? random.below(11) : random.below(256)
        frames.splice(random.below(frames.length), random.below(2), each)
      }
    }
    return Buffer.concat(frames)
  }
}

/** Reads what comes over a connection of HTTP/2: the bodies of its streams, and which of them have ended. */
class Client {
  bodies = new Map()
  ended = new Set()
  isClosed = false
  #bytes = Buffer.alloc(0)
  #wake = () => undefined

  constructor(socket) {
    this.socket = socket
    socket.removeAllListeners('error')
    // A server that has given a connection up may reset it.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      this.#take(chunk)
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true
        this.#wake()
        resolve()
      })
    })
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** Waits until a condition holds, the connection is closed, or no byte has arrived for `idleTimeout` ms. */
  async until(condition, idleTimeout) {
    while (!this.isClosed && !condition()) {
      let timer
      const isLate = await new Promise((resolve) => {
        this.#wake = () => resolve(false)
        timer = setTimeout(() => resolve(true), idleTimeout)
      })
      clearTimeout(timer)
      if (isLate) return
    }
  }

  #take(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    let read = 0
    for (const { type, flags, stream, payload } of wire.framesIn(this.#bytes)) {
      read += 9 + payload.length
      if (type === wire.DATA) {
        this.bodies.set(stream, Buffer.concat([this.bodies.get(stream) ?? Buffer.alloc(0), payload]))
      }
      if ((type === wire.DATA || type === wire.HEADERS) && flags & wire.END_STREAM) this.ended.add(stream)
      if (type === wire.SETTINGS && !(flags & wire.ACK)) this.write(frame(wire.SETTINGS, wire.ACK, 0))
      if (type === wire.PING && !(flags & wire.ACK)) this.write(frame(wire.PING, wire.ACK, 0, payload))
    }
    this.#bytes = this.#bytes.subarray(read)
  }
}

/** Sound requests, by their streams, and their frames, mixed as they may be. */
function conversation(random, number) {
  const requests = new Map()
  const queues = []
  for (let left = random.from(1, 10), index = 0; left > 0; left--, index++) {
    const request = pairOf(random, nameOf(number, index))
    // The bytes that all uploads together may send without a window update.
    request.body = request.body.subarray(0, 6000)
    const stream = 2 * index + 1
    requests.set(stream, request)
    queues.push(framesOf(random, stream, request))
  }
  const frames = []
  // Streams begin in their order; what follows of each is mixed with the others'.
  let begun = 0
  while (queues.some((queue) => queue.length > 0)) {
    const ready = queues.slice(0, begun).filter((queue) => queue.length > 0)
    if (begun < queues.length && (ready.length === 0 || random.once(2))) frames.push(queues[begun++].shift())
    else frames.push(random.of(ready).shift())
    if (random.once(8)) frames.push(random.of(BESIDE)(random))
  }
  return { requests, frames }
}

/** Frames that change nothing. */
const BESIDE = [
  (random) => frame(wire.PING, 0, 0, random.bytes(8)),
  (random) => wire.windowUpdate(0, random.from(1, 1000)),
  (random) => wire.settings([[3, random.below(100)]]),
  (random) => frame(random.from(11, 255), 0, 0, random.bytes(random.below(20))),
]

/** The frames of one request; the first is its head whole, with all that continues it. */
function framesOf(random, stream, { method, kind, name, body }) {
  const headers = random.some(0, 3, () => ['x-more', random.text('ab,;', 0, 20)])
  const block = wire.headerBlock(wire.requestHeaders({ method, path: `/${kind}/${name}`, headers }))
  const isEmpty = body.length === 0 && random.once(2)
  const cut = random.once(4) ? random.from(1, block.length - 1) : block.length
  const priority = random.once(5) ? Buffer.from([0, 0, 0, 0, random.below(256)]) : null
  let flags = isEmpty ? wire.END_STREAM : 0
  if (cut === block.length) flags |= wire.END_HEADERS
  if (priority !== null) flags |= WITH_PRIORITY
  const parts = [
    frame(wire.HEADERS, flags, stream, Buffer.concat([priority ?? Buffer.alloc(0), block.subarray(0, cut)])),
  ]
  if (cut < block.length) parts.push(frame(wire.CONTINUATION, wire.END_HEADERS, stream, block.subarray(cut)))
  const frames = [Buffer.concat(parts)]
  if (isEmpty) return frames
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + random.from(1, body.length))
    at += piece.length
    const padding = random.once(4) ? random.below(50) : null
    if (padding === null) frames.push(frame(wire.DATA, 0, stream, piece))
    else {frames.push(
        frame(wire.DATA, PADDED, stream, Buffer.concat([Buffer.from([padding]), piece, Buffer.alloc(padding)])),
      )}
  }
  frames.push(frame(wire.DATA, wire.END_STREAM, stream))
  return frames
}

/** Closes a connection in one of several ways. */
async function leave(random, { socket, closed }) {
  const how = random.of(['end', 'destroy', 'destroy', 'away'])
  if (how !== 'destroy' && !socket.destroyed) {
    socket.end(how === 'away' ? frame(wire.GOAWAY, 0, 0, Buffer.alloc(8)) : undefined)
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5))])
  }
  socket.destroy()
  await closed
}

module.exports = { HTTP2Connections }
