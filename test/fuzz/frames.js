'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { noConnections } = require('./sockets')
const { RawClient, assertOwn, mutated, tokenOf } = require('./wire')
const { CASE_LIMIT, open, settled } = require('./world')

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10]
const MAX_PAYLOAD = 100_000
const PIECES = [
  '\x81\x80',
  '\x88\x02',
  '\x88\x00',
  '\xff\xff\xff\xff',
  '\x00',
  '\x80',
  '\x7f',
  '\x7e\xff\xff',
  '\x82\xff',
  '\r\n\r\n',
]
  .concat([
    '\x89\x80\0\0\0\0',
    '\xc1\x81\0\0\0\0a',
    '\x81\x81\0\0\0\0\xff',
    'Upgrade',
    'websocket',
    '13',
    '==',
    'permessage',
  ])

/** WebSockets of clients that break the rules: handshakes mutated, frames mutated, fragmented, masked wrongly. */
class Frames {
  #handler = open('echoes_whole', { wsMaxPayload: MAX_PAYLOAD, wsPingInterval: 0 })
  #server = http.createServer(this.#handler.listener)

  async open() {
    await this.#handler.ready()
    this.#server.on('upgrade', this.#handler.upgrade)
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close() {
    const client = new RawClient(this.#server.address().port)
    client.socket.write(handshake(0))
    await client.until(() => client.bytes.includes('\r\n\r\n'), CASE_LIMIT)
    assert.match(client.bytes.toString('latin1'), /^HTTP\/1\.1 101 /)
    client.socket.destroy()
    await settled([this.#handler])
    await noConnections(this.#server)
    await new Promise((resolve) => this.#server.close(resolve))
    await this.#handler.close()
  }

  async run(random, number) {
    const client = new RawClient(this.#server.address().port)
    const plan = conversation(random, number)
    const what = random.of(['sound', 'sound', 'head', 'frames', 'fault'])
    const opening = Buffer.from(handshake(number), 'latin1')
    if (what === 'fault') plan.parts.splice(random.of(plan.gaps), 0, faultOf(random))
    // Closed from our side, so that a valid conversation has an end to wait for.
    if (what === 'sound') plan.parts.push(frame(CLOSE, Buffer.from('\x03\xe8bye', 'latin1'), random))
    const frames = Buffer.concat(plan.parts)
    await client.write(random, what === 'head' ? mutated(random, opening, PIECES) : opening)
    if (random.once(2)) await client.until(() => client.bytes.includes('\r\n\r\n'), 10)
    if (!random.once(10)) await client.write(random, what === 'frames' ? mutated(random, frames, PIECES) : frames)
    else if (what === 'sound') await client.write(random, plan.parts.at(-1))
    if (what === 'sound') await client.until(() => closeIn(client.bytes) !== null, CASE_LIMIT)
    else await client.until(() => false, 10)
    if (random.once(2)) client.socket.end()
    await Promise.race([client.closed, new Promise((resolve) => setTimeout(resolve, 10))])
    client.socket.destroy()
    await client.closed
    return this.#judge(client.bytes, what, plan, number)
  }

  #judge(bytes, what, plan, number) {
    assertOwn(bytes.toString('latin1'), number)
    const { status, messages, close } = answerIn(bytes)
    if (what === 'head' || what === 'frames') return `mutated ${status ?? 'unanswered'} ${close ?? 'open'}`
    if (what === 'sound') {
      assert.equal(status, 101)
      assert.equal(close, 1000)
    } else if (close !== null) {
      assert.ok([1002, 1007, 1009].includes(close), `closed with ${close}`)
    }
    // Each echo equals its message. Messages in flight when the connection closed have none.
    assert.deepEqual(messages, plan.messages.slice(0, messages.length))
    return `${what} ${close ?? 'open'}`
  }
}

function handshake(number) {
  return [
    `GET /${encodeURI(tokenOf(number))} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n')
}

/** Sound frames, `parts`, the messages in them, and the places that are in the middle of none, `gaps`. */
function conversation(random, number) {
  const parts = []
  const messages = []
  const gaps = []
  for (let left = random.from(1, 6); left > 0; left--) {
    gaps.push(parts.length)
    if (random.once(4)) {
      parts.push(frame(random.of([PING, PONG]), random.bytes(random.below(126)), random))
      continue
    }
    const opcode = random.of([TEXT, BINARY])
    const mark = Buffer.from(tokenOf(number))
    const rest = opcode === TEXT
      ? Buffer.from(random.text('ab\u20ac\xe9', 0, 50))
      : random.bytes(random.length() % 70_000)
    const data = Buffer.concat([mark, rest])
    messages.push({ opcode, data })
    const cuts = random.once(3) ? random.some(1, 3, () => random.below(data.length)).sort((a, b) => a - b) : []
    const bounds = [0, ...cuts, data.length]
    for (let i = 1; i < bounds.length; i++) {
      const piece = data.subarray(bounds[i - 1], bounds[i])
      parts.push(frame(i === 1 ? opcode : CONTINUATION, piece, random, { isLast: i === bounds.length - 1 }))
      if (random.once(5) && i < bounds.length - 1) parts.push(frame(PING, Buffer.alloc(0), random))
    }
  }
  return { parts, messages, gaps }
}

/** A frame that no client may send. */
function faultOf(random) {
  const data = random.bytes(random.below(20))
  return random.of([
    () => frame(TEXT, Buffer.from([0xff, 0xc0, 0x80]), random),
    () => frame(TEXT, data, random, { isMasked: false }),
    () => frame(random.of([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), data, random),
    () => frame(BINARY, data, random, { reserved: random.of([0x10, 0x20, 0x40, 0x70]) }),
    () => frame(CONTINUATION, data, random),
    () =>
      Buffer.concat([frame(TEXT, Buffer.from('a'), random, { isLast: false }), frame(TEXT, Buffer.from('b'), random)]),
    () => frame(PING, random.bytes(126), random),
    () => frame(PING, data, random, { isLast: false }),
    () => frame(CLOSE, Buffer.from([3]), random),
    () => frame(CLOSE, Buffer.from([0x03, random.of([0xed, 0xee, 0xec, 0])]), random),
    () => frame(CLOSE, Buffer.from([0x03, 0xe8, 0xff]), random),
    () => frame(BINARY, Buffer.alloc(MAX_PAYLOAD + 1), random),
    () => Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    () => Buffer.from([0x82, 0xff, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff]),
  ])()
}

/** A client's frame with a mask. */
function frame(opcode, data, random, { isLast = true, reserved = 0, isMasked = true } = {}) {
  const extended = data.length < 126 ? 0 : data.length < 65536 ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = (isLast ? 0x80 : 0) | reserved | opcode
  head[1] = (isMasked ? 0x80 : 0) | (extended === 0 ? data.length : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(data.length, 2)
  if (extended === 8) head.writeBigUInt64BE(BigInt(data.length), 2)
  if (!isMasked) return Buffer.concat([head, data])
  const mask = random.bytes(4)
  const masked = Buffer.from(data)
  for (let i = 0; i < masked.length; i++) masked[i] ^= mask[i & 3]
  return Buffer.concat([head, mask, masked])
}

/** Reads what the server has sent: the status, the messages, and the code of its close frame. */
function answerIn(bytes) {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return { status: null, messages: [], close: null }
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString('latin1', 0, end))?.[1])
  assert.ok(status >= 100, `no status line: ${JSON.stringify(bytes.toString('latin1', 0, 100))}`)
  const messages = []
  let close = null
  let at = end + 4
  while (status === 101 && bytes.length - at >= 2) {
    const [first, second] = [bytes[at], bytes[at + 1]]
    const short = second & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    if (bytes.length - at < 2 + extended) break
    const length = extended === 0
      ? short
      : extended === 2
      ? bytes.readUInt16BE(at + 2)
      : Number(bytes.readBigUInt64BE(at + 2))
    at += 2 + extended
    assert.equal(second & 0x80, 0, 'a masked frame')
    assert.equal(first & 0xf0, 0x80, 'a frame in parts or with reserved bits')
    assert.equal(close, null, 'a frame after the close frame')
    if (bytes.length - at < length) break
    const data = bytes.subarray(at, at + length)
    at += length
    const opcode = first & 0x0f
    if (opcode === TEXT || opcode === BINARY) messages.push({ opcode, data: Buffer.from(data) })
    else if (opcode === CLOSE) close = length === 0 ? 1005 : data.readUInt16BE(0)
    else assert.ok(opcode === PONG, `opcode ${opcode}`)
  }
  return { status, messages, close }
}

function closeIn(bytes) {
  return answerIn(bytes).close
}

module.exports = { Frames }
