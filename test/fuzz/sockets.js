'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { assertEcho } = require('./echo')
const { chunksOf } = require('./pairs')
const { RawClient, assertOwn, mutated, tokenOf } = require('./wire')
const { CASE_LIMIT, open, settled } = require('./world')

const PIECES = ['\r\n', '\r\n\r\n', '\n', '\r', '\0', ' ', '\t', ':', ',', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']
  .concat([
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding : x\r\n',
    'Connection: close\r\n',
  ])
  .concat([
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/2.0',
    'Expect: 100-continue\r\n',
    'Upgrade: h2c\r\n',
    'CONNECT ',
    '\r\n folded',
  ])
  .concat(['ffffffffffffffff\r\n', '-1', '+5', '0x5', '%00', '\xff', 'Host: b\r\n', 'http://a b', '*'])

/** Octets on sockets: requests torn, mutated, pipelined, given up. */
class Sockets {
  #handler = open('echoes_whole')
  #server = http.createServer(this.#handler.listener)
  // The cases whose client stayed until it was answered.
  #sound = new Set()

  async open() {
    await this.#handler.ready()
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close() {
    await this.#ask()
    await settled([this.#handler])
    await this.#assertNotGivenUp()
    await noConnections(this.#server)
    await new Promise((resolve) => this.#server.close(resolve))
    await this.#handler.close()
  }

  async run(random, number) {
    const client = new RawClient(this.#server.address().port)
    const requests = random.some(1, 4, () => requestOf(random, number))
    const isMutated = random.once(2)
    const sound = Buffer.concat(requests.map(({ bytes }) => bytes))
    const bytes = isMutated ? mutated(random, sound, PIECES) : sound
    const isCut = random.once(6)
    await client.write(random, isCut ? bytes.subarray(0, random.below(bytes.length)) : bytes)
    if (isCut && random.once(2)) {
      client.socket.destroy()
    } else {
      await client.until(
        () => responsesIn(client.bytes).length >= requests.length,
        isMutated || isCut ? 10 : CASE_LIMIT,
      )
      client.socket.end()
    }
    await client.closed
    const responses = responsesIn(client.bytes)
    for (const { body } of responses) assertOwn(body.toString('latin1'), number)
    if (isMutated || isCut) return isMutated ? `mutated ${responses[0]?.status ?? 'unanswered'}` : 'cut'
    assert.equal(responses.length, requests.length, 'not every request was answered')
    responses.forEach(({ status, body }, index) => {
      assert.equal(status, 200)
      assertEcho(body, requests[index].sent)
    })
    this.#sound.add(tokenOf(number))
    return 'sound'
  }

  /** Asserts that only requests whose client has disconnected received a disconnect. */
  async #assertNotGivenUp() {
    const { body } = await this.#handler.handleRequest({ url: '/given-up' })
    const paths = JSON.parse(body)
    assert.deepEqual(paths.filter((path) => this.#sound.has(path.split('/')[2])), [])
  }

  /** A server that has had all this still answers. */
  async #ask() {
    const { port } = this.#server.address()
    const [response] = await once(http.get({ host: '127.0.0.1', port, path: '/early/end', agent: false }), 'response')
    assert.equal(response.statusCode, 200)
    response.resume()
    await once(response, 'end')
  }
}

async function noConnections(server) {
  const end = Date.now() + CASE_LIMIT
  for (;;) {
    const count = await new Promise((resolve, reject) => {
      server.getConnections((error, open) => error ? reject(error) : resolve(open))
    })
    if (count === 0) return
    if (Date.now() > end) throw new Error(`connections left open: ${count}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function requestOf(random, number) {
  const method = random.of(['GET', 'POST', 'PUT', 'DELETE'])
  const target = `/${random.of(['whole', 'late', 'slow', 'early'])}/${encodeURI(tokenOf(number))}?${
    random.text('ab=&%', 0, 9)
  }`
  const headers = [['Host', 'localhost'], ['X-Case', tokenOf(number)]]
  for (const value of random.some(0, 3, () => random.text('ab,;\xe9', 0, 20))) headers.push(['X-More', value])
  const body = method === 'GET' || method === 'DELETE'
    ? Buffer.alloc(0)
    : random.bytes(Math.min(20_000, random.length()))
  const isChunked = body.length > 0 && random.once(2)
  if (isChunked) headers.push(['Transfer-Encoding', 'chunked'])
  else if (body.length > 0 || random.once(4)) headers.push(['Content-Length', String(body.length)])
  const lines = headers.map(([name, value]) => `${name}:${random.of(['', ' ', '\t '])}${value}\r\n`)
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  const bytes = Buffer.concat([head, ...(isChunked ? chunksOf(random, body) : [body])])
  const entries = headers.map(([name, value]) => [name.toLowerCase(), value])
  return { bytes, sent: { method, target, headers: entries, body } }
}

/**
 * Reads the complete responses at the beginning of some octets.
 *
 * @throws when there is something that is no response.
 */
function responsesIn(bytes) {
  const responses = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end === -1) return responses
    const [first, ...lines] = bytes.toString('latin1', at, end).split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)
    assert.notEqual(status, null, `no status line: ${JSON.stringify(first).slice(0, 200)}`)
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }))
    at = end + 4
    if (status[1] === '100') continue
    const body = headers.get('transfer-encoding') === 'chunked'
      ? chunkedBody(bytes, at)
      : plainBody(bytes, at, Number(headers.get('content-length') ?? 0))
    if (body === null) return responses
    at = body.end
    responses.push({ status: Number(status[1]), headers, body: body.bytes })
  }
}

function plainBody(bytes, start, length) {
  return bytes.length - start < length ? null : { bytes: bytes.subarray(start, start + length), end: start + length }
}

function chunkedBody(bytes, start) {
  const parts = []
  let at = start
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end === -1) return null
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16)
    at = end + 2
    if (bytes.length < at + length + 2) return null
    parts.push(bytes.subarray(at, at + length))
    at += length + 2
    if (length === 0) return { bytes: Buffer.concat(parts), end: at }
  }
}

module.exports = { Sockets, noConnections, responsesIn }
