'use strict'

const assert = require('node:assert/strict')
const { handshake } = require('../hostile/support')
const { makeFrame } = require('../websocket/support')
const { Answers, pairOf } = require('./pairs')
const { Served, nameOf, namedIn } = require('./served')
const { RawClient, mutated } = require('./wire')
const { CASE_LIMIT } = require('./world')

const PIECES = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  ' ',
  ':',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'Content-Length: 5\r\n',
]
  .concat(['Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', 'Connection: Upgrade\r\nUpgrade: foo\r\n'])
  .concat([
    'Connection: Upgrade\r\nUpgrade: websocket\r\n',
    'Expect: 100-continue\r\n',
    'HTTP/1.0',
    'HTTP/2.0',
    'HEAD ',
  ])

const line = (text, ...headers) => [text, 'Host: localhost', ...headers, '', ''].join('\r\n')

/** Data that a client can send besides valid requests. */
const ODDITIES = {
  upgrade: (random, name) => line(`GET /late/${name} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: foo'),
  'upgrade with a body': (random, name) =>
    `${line(`POST /whole/${name} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 3')}abc`,
  socket: (random, name) => handshake(`/socket/${name}`) + framesOf(random),
  'bad socket': (random, name) => handshake(`/socket/${name}`).replace(/Sec-WebSocket-Key: .*\r\n/, ''),
  'many headers': (random, name) =>
    line(`GET /whole/${name} HTTP/1.1`, ...Array(random.from(900, 1200)).fill('a:'), 'X-Last: yes'),
  'many headers before a socket': (random, name) =>
    handshake(`/socket/${name}`).replace('Connection', `${'a:\r\n'.repeat(random.from(990, 1010))}Connection`),
  'long header': (random, name) => line(`GET /whole/${name} HTTP/1.1`, `X: ${'a'.repeat(random.from(8000, 70_000))}`),
  'long target': (random, name) => line(`GET /whole/${name}?${'a'.repeat(random.from(8000, 70_000))} HTTP/1.1`),
  version: (random, name) => line(`GET /whole/${name} HTTP/${random.of(['1.0', '0.9', '2.0', '1.2', '9.9'])}`),
  method: (random, name) =>
    line(`${random.of(['CONNECT', 'TRACE', 'PRI', 'M-SEARCH', 'get'])} /whole/${name} HTTP/1.1`),
  expectation: (random, name) =>
    `${line(`POST /whole/${name} HTTP/1.1`, `Expect: ${random.of(['100-continue', 'b'])}`, 'Content-Length: 3')}abc`,
  smuggled: (random, name) =>
    line(`POST /whole/${name} HTTP/1.1`, 'Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
  'unfinished body': (random, name) => line(`POST /whole/${name} HTTP/1.1`, 'Content-Length: 100000') + 'abc',
  'unfinished head': (random, name) => `GET /whole/${name} HTTP/1.1\r\nHost: loc`,
  preface: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  noise: (random) => random.bytes(random.below(300)).toString('latin1'),
  lines: (random) => random.text('\r\n: aGET/', 1, 100),
}

function framesOf(random) {
  const frames = random.some(0, 6, () => {
    const options = { isLast: random.once(2), reserved: random.once(8) ? 0x40 : 0, isMasked: !random.once(8) }
    return makeFrame(random.of([0, 1, 2, 8, 9, 10, 11]), random.bytes(random.below(130)), options)
  })
  return Buffer.concat(frames).toString('latin1')
}

/** Whole connections of HTTP/1 to `serve`: pipelines with anything in between, left in any way. */
class HTTP1Connections {
  #served = new Served({ isSecure: false })

  open() {
    return this.#served.open()
  }

  close() {
    return this.#served.close()
  }

  async run(random, number) {
    const client = new RawClient(this.#served.port)
    const said = random.once(3) ? await this.#sound(random, number, client) : await this.#odd(random, number, client)
    this.#served.check()
    return said
  }

  /** Sends only valid requests, and checks their responses. */
  async #sound(random, number, client) {
    const answers = new Answers()
    const count = random.from(1, 12)
    for (let sent = 0; sent < count;) {
      const together = Math.min(count - sent, random.from(1, 6))
      const requests = Array.from({ length: together }, (_, index) => {
        return pairOf(random, nameOf(number, sent + index), { isLast: sent + index === count - 1, upgrades: true })
      })
      for (const request of requests) answers.expect(request)
      await client.write(random, Buffer.concat(requests.map(({ bytes }) => bytes)))
      sent += together
      await client.until(() => {
        answers.take(client.bytes)
        client.bytes = Buffer.alloc(0)
        return answers.count === sent
      }, CASE_LIMIT)
    }
    client.socket.end()
    await client.closed
    answers.take(client.bytes)
    answers.end()
    return 'sound'
  }

  async #odd(random, number, client) {
    const kinds = []
    let index = 0
    for (let left = random.from(1, 5); left > 0; left--) {
      const kind = random.of([...Object.keys(ODDITIES), 'mutated', 'mutated', 'sound', 'sound', 'sound'])
      kinds.push(kind)
      await client.write(random, this.#bytesOf(kind, random, number, index++))
      if (random.once(3)) await client.until(() => false, random.below(5))
      if (random.once(10)) client.socket.pause()
    }
    if (random.once(2)) await client.until(() => false, 5)
    await leave(random, client)
    const named = namedIn(client.bytes, number)
    assert.deepEqual(named, [...named].sort((a, b) => a - b), 'answers in another order than their requests')
    return kinds.length === 1 ? kinds[0] : 'several'
  }

  #bytesOf(kind, random, number, index) {
    const name = nameOf(number, index)
    if (ODDITIES[kind] !== undefined) return Buffer.from(ODDITIES[kind](random, name), 'latin1')
    const { bytes } = pairOf(random, name)
    return kind === 'sound' ? bytes : mutated(random, bytes, PIECES)
  }
}

/** Closes a connection in one of several ways. */
async function leave(random, client) {
  const { socket } = client
  socket.resume()
  const how = random.of(['end', 'end', 'destroy', 'reset'])
  if (how === 'end') {
    socket.end()
    await Promise.race([client.closed, new Promise((resolve) => setTimeout(resolve, 5))])
  }
  if (how === 'reset' && socket.resetAndDestroy !== undefined && !socket.connecting) socket.resetAndDestroy()
  else socket.destroy()
  await client.closed
}

module.exports = { HTTP1Connections }
