'use strict'

const assert = require('node:assert/strict')
const { crc32 } = require('./crc32')

/** How an answer of names_its_request comes, and its status. */
const KINDS = {
  whole: 200,
  pieces: 200,
  late: 200,
  slow: 200,
  early: 200,
  empty: 204,
  unchanged: 304,
  raises: 500,
}

const METHODS = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

const CLOSE = [['Connection', 'close']]

/** How a request says that it wants another protocol, which it does not get. */
const UPGRADES = [
  [['Connection', 'Upgrade'], ['Upgrade', 'foo']],
  [['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABk']],
]

/**
 * Makes a request for the app names_its_request, and the expected answer.
 *
 * @param {import('./random').Random} random
 * @param {string} name
 * @param {{ isLast?: boolean, upgrades?: boolean }} [options] `isLast`: nothing follows on the connection, so the answer may
 *   end it; `upgrades`: it may then also ask for a protocol that it does not get.
 * @returns {{ method: string, kind: string, name: string, body: Buffer, status: number, bytes: Buffer,
 *   isCut: boolean }}
 */
function pairOf(random, name, { isLast = false, upgrades = false } = {}) {
  const method = random.of(METHODS)
  const isCut = isLast && random.once(6)
  const isEnd = isLast && random.once(3)
  // A connection that ends with an answer while its upload is still to be read is reset, and the answer may be lost.
  const kinds = Object.keys(KINDS).filter((kind) => !isEnd || kind !== 'early')
  const kind = isCut ? 'cut' : random.of(kinds)
  const hasBody = method !== 'GET' && method !== 'HEAD' && random.once(2)
  const body = hasBody ? random.bytes(random.once(20) ? random.below(100_000) : random.below(300)) : Buffer.alloc(0)
  const headers = [
    ['Host', 'localhost'],
    ...random.some(0, 2, () => ['X-More', random.text('ab,; \xe9', 0, 20).trim()]),
  ]
  const isChunked = body.length > 0 && random.once(2)
  if (isChunked) headers.push(['Transfer-Encoding', 'chunked'])
  else if (body.length > 0 || random.once(4)) headers.push(['Content-Length', String(body.length)])
  if (isEnd) headers.push(...random.of([CLOSE, ...(upgrades ? UPGRADES : [])]))
  const target = `${random.once(10) ? 'http://localhost' : ''}/${kind}/${name}`
  const lines = headers.map(([key, value]) => `${key}:${random.of(['', ' '])}${value}\r\n`)
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  const bytes = Buffer.concat([head, ...(isChunked ? chunksOf(random, body) : [body])])
  return { method, kind, name, body, status: KINDS[kind] ?? 200, bytes, isCut }
}

/** A body in chunks of any size, with extensions and trailers now and then. */
function chunksOf(random, body) {
  const parts = []
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + random.from(1, body.length))
    at += piece.length
    const extension = random.once(5) ? ';name="value"' : ''
    parts.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'))
  }
  return [...parts, Buffer.from(random.once(4) ? '0\r\nX-Trailer: a\r\n\r\n' : '0\r\n\r\n')]
}

/** The expected body of an answer. */
function textOf({ method, kind, name, body, status }) {
  if (status === 500) return method === 'HEAD' ? '' : 'Internal Server Error'
  if (method === 'HEAD' || status !== 200) return ''
  const read = kind === 'early' ? Buffer.alloc(0) : body
  return `${method} ${name} ${read.length} ${crc32(read)}`
}

/** Reads the answers of one connection to the requests that were sent over it, in their order. */
class Answers {
  #requests = []
  #bytes = Buffer.alloc(0)
  #next = 0

  /** How many requests were answered, all of them as they should be. */
  get count() {
    return this.#next
  }

  /** The request was sent. */
  expect(request) {
    this.#requests.push(request)
  }

  /**
   * Takes what has come.
   *
   * @throws when something is no answer, or not that of the request whose turn it is.
   */
  take(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length > 0) {
      const request = this.#requests[this.#next]
      assert.notEqual(request, undefined, `a response without a request: ${this.#start()}`)
      const answer = answerIn(this.#bytes, request.method)
      if (answer === null) return
      this.#bytes = this.#bytes.subarray(answer.end)
      if (answer.status >= 200) this.#judge(answer, request)
    }
  }

  /**
   * The connection has ended.
   *
   * @throws when a request is not answered, but for one that was to be cut off.
   */
  end() {
    const left = this.#requests.slice(this.#next)
    if (left.length === 1 && left[0].isCut) {
      const text = this.#bytes.toString('latin1')
      assert.ok(text === '' || text.includes(`x-request: ${left[0].name}\r\n`), `not cut but another: ${this.#start()}`)
      return
    }
    const lines = left.map(({ bytes }) => bytes.toString('latin1', 0, 200).split('\r\n\r\n')[0])
    assert.deepEqual(lines, [], `not answered; there is ${this.#start()}`)
  }

  #judge({ status, name, body }, request) {
    assert.equal(status, request.status, `${request.method} ${request.kind}: ${this.#start()}`)
    // The server's own error response has no name.
    assert.equal(name, status === 500 ? undefined : request.name)
    assert.equal(body.toString('latin1'), textOf(request))
    this.#next++
  }

  #start() {
    return JSON.stringify(this.#bytes.toString('latin1', 0, 200))
  }
}

/** Reads the answer at the beginning of some octets; `null` when it is not complete. */
function answerIn(bytes, method) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1])
  assert.ok(status >= 100, `no status line: ${JSON.stringify(first).slice(0, 200)}`)
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  const start = headEnd + 4
  const isBodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304
  const body = isBodyless
    ? { bytes: Buffer.alloc(0), end: start }
    : headers.get('transfer-encoding') === 'chunked'
    ? chunkedBody(bytes, start)
    : plainBody(bytes, start, Number(headers.get('content-length')))
  return body === null ? null : { status, name: headers.get('x-request'), body: body.bytes, end: body.end }
}

function plainBody(bytes, start, length) {
  assert.ok(length >= 0, 'a body without a length')
  return bytes.length - start < length ? null : { bytes: bytes.subarray(start, start + length), end: start + length }
}

function chunkedBody(bytes, start) {
  const parts = []
  for (let at = start;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end === -1) return null
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16)
    assert.ok(length >= 0, 'a chunk without a length')
    at = end + 2 + length + 2
    if (bytes.length < at) return null
    parts.push(bytes.subarray(end + 2, end + 2 + length))
    if (length === 0) return { bytes: Buffer.concat(parts), end: at }
  }
}

module.exports = { Answers, chunksOf, pairOf, textOf }
