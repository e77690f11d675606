'use strict'

const { once } = require('node:events')
const net = require('node:net')

/** The server has closed the connection in the middle of a response. */
class Cut extends Error {}

/**
 * A client that shows a response as it is on the wire: names and values of headers in their order, interim responses,
 * and whether the body came to its end. Requests share a connection for as long as the server keeps it open.
 */
class RawClient {
  #port
  #socket = null
  #chunks
  #held = Buffer.alloc(0)

  /** @param {number} port of 127.0.0.1 */
  constructor(port) {
    this.#port = port
  }

  /**
   * Sends a request and reads its response.
   *
   * @param {object} request see `requestBytes`
   * @returns {Promise<{ interim: number[], status: number, headers: string[][], body: Buffer, isComplete: boolean }>}
   */
  async send(request) {
    try {
      return await this.#exchange(request)
    } catch (error) {
      // What is left of this connection would be taken for the next response.
      this.destroy()
      throw error
    }
  }

  async #exchange(request) {
    if (this.#held.length > 0) throw new Error(`octets after the end of the last response: ${this.#held}`)
    if (this.#socket === null) await this.#connect()
    const bytes = requestBytes(request)
    // With Expect the body is sent when it is asked for.
    const waits = valueOf(request.headers ?? [], 'expect') !== undefined
    const first = waits ? bytes.indexOf('\r\n\r\n') + 4 : bytes.length
    this.#socket.write(bytes.subarray(0, first))
    const interim = []
    let head = await this.#head()
    for (; head.status < 200; head = await this.#head()) {
      interim.push(head.status)
      if (head.status === 100 && waits) this.#socket.write(bytes.subarray(first))
    }
    const body = []
    let isComplete = true
    try {
      await this.#body(request.method ?? 'GET', head, body)
    } catch (error) {
      if (!(error instanceof Cut)) throw error
      isComplete = false
    }
    const isLast = !isComplete || valueOf(head.headers, 'connection')?.toLowerCase() === 'close' ||
      request.version === '1.0'
    if (isLast) await this.#ended()
    return { interim, ...head, body: Buffer.concat(body), isComplete }
  }

  /** Closes the connection at once. */
  destroy() {
    this.#socket?.destroy()
    this.#socket = null
    this.#held = Buffer.alloc(0)
  }

  /**
   * Sends a request without waiting for its response.
   *
   * @param {object} request
   * @param {string} [text] what to wait for.
   */
  async begin(request, text) {
    await this.#connect()
    this.#socket.write(requestBytes(request))
    if (text !== undefined) await this.#until(text)
  }

  async #connect() {
    this.#socket = net.connect(this.#port, '127.0.0.1')
    this.#chunks = this.#socket[Symbol.asyncIterator]()
    await once(this.#socket, 'connect')
  }

  /** Waits for the end of the connection: nothing may come after the last response. */
  async #ended() {
    while (await this.#fill());
    const rest = this.#held
    this.destroy()
    if (rest.length > 0) throw new Error(`octets after the end of the last response: ${rest}`)
  }

  async #head() {
    const [first, ...lines] = (await this.#until('\r\n\r\n')).split('\r\n')
    const [, status] = /^HTTP\/1\.1 (\d{3})(?: .*)?$/.exec(first) ?? []
    if (status === undefined) throw new Error(`not a status line: ${first}`)
    const headers = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
    return { status: Number(status), headers }
  }

  async #body(method, { status, headers }, body) {
    if (method === 'HEAD' || status === 204 || status === 304) return
    const length = valueOf(headers, 'content-length')
    if (valueOf(headers, 'transfer-encoding')?.toLowerCase() === 'chunked') {
      for (;;) {
        const size = parseInt(await this.#until('\r\n'), 16)
        await this.#bytes(size, body)
        const end = await this.#until('\r\n')
        if (end !== '') throw new Error(`a chunk of ${size} octets is followed by ${end}`)
        if (size === 0) return
      }
    }
    if (length === undefined) await this.#bytes(Infinity, body)
    else await this.#bytes(Number(length), body)
  }

  /** Moves octets into a list, as they come: after a cut they are there. */
  async #bytes(count, list) {
    for (let left = count; left > 0;) {
      if (this.#held.length === 0 && !await this.#fill()) {
        if (count === Infinity) return
        throw new Cut(`${left} of ${count} octets are missing`)
      }
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      list.push(part)
    }
  }

  /** Gives what comes before some text, and drops both. */
  async #until(text) {
    let at
    while ((at = this.#held.indexOf(text)) === -1) {
      if (!await this.#fill()) throw new Cut(`the connection was closed after ${JSON.stringify(String(this.#held))}`)
    }
    const before = this.#held.toString('latin1', 0, at)
    this.#held = this.#held.subarray(at + text.length)
    return before
  }

  async #fill() {
    const { value, done } = await this.#chunks.next().catch((error) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return { done: true }
      throw error
    })
    if (done) return false
    this.#held = Buffer.concat([this.#held, value])
    return true
  }
}

/**
 * Writes a request as it goes over the wire, without changing anything of it. The host is the same for every server.
 *
 * @param {object} request
 * @param {string} [request.method]
 * @param {string} request.path the request target, sent unchanged: each character is a byte.
 * @param {string} [request.version]
 * @param {string[][]} [request.headers]
 * @param {Buffer | string} [request.body] sent with its length.
 * @param {(Buffer | string)[]} [request.chunks] sent chunked.
 */
function requestBytes({ method = 'GET', path, version = '1.1', headers = [], body, chunks }) {
  const lines = [['Host', 'example.test'], ...headers]
  if (body !== undefined) lines.push(['Content-Length', String(Buffer.byteLength(body))])
  if (chunks !== undefined) lines.push(['Transfer-Encoding', 'chunked'])
  const head = [`${method} ${path} HTTP/${version}`, ...lines.map((line) => line.join(': ')), '', ''].join('\r\n')
  const parts = [Buffer.from(head, 'latin1')]
  if (body !== undefined) parts.push(Buffer.from(body))
  for (const chunk of chunks ?? []) {
    parts.push(Buffer.from(`${Buffer.byteLength(chunk).toString(16)}\r\n`), Buffer.from(chunk), Buffer.from('\r\n'))
  }
  if (chunks !== undefined) parts.push(Buffer.from('0\r\n\r\n'))
  return Buffer.concat(parts)
}

/** The value of a header, `undefined` when it is not there. */
function valueOf(headers, name) {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1]
}

/**
 * Makes two answers alike in what HTTP leaves to servers about Content-Length: one that has the whole body with the head may
 * add it; with 204 it must not be there (RFC 9110, 8.6), which some leave to the app; and of several the first one counts.
 *
 * @param {object} got
 * @param {object} expected
 * @returns {object[]} both.
 */
function withLikeLengths(got, expected) {
  const isWithout = got.status === 204 && expected.status === 204
  const isAdded = valueOf(expected.headers, 'content-length') === undefined &&
    valueOf(got.headers, 'content-length') === String(got.body?.length)
  return [withLengths(got, isWithout || isAdded ? 0 : 1), withLengths(expected, isWithout ? 0 : 1)]
}

/** Keeps that many Content-Length headers of a response. */
function withLengths(answer, most) {
  let count = 0
  return {
    ...answer,
    headers: answer.headers.filter(([name]) => name.toLowerCase() !== 'content-length' || count++ < most),
  }
}

module.exports = { RawClient, valueOf, withLikeLengths }
