'use strict'

const { createHash } = require('node:crypto')
const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { WebSocket } = require('ws')
const { listen, openApp, selfSigned } = require('../support')

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

const CONTINUATION = 0
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/**
 * Serves an app's WebSockets, until the end of the test.
 *
 * @param {object} t the test.
 * @param {string} name one of Fixtures/apps.
 * @param {object} [options] the handler's; `isSecure` serves with TLS.
 * @returns {Promise<object>} `handler`, `server`, `port`; `ask(path)` gives the app's JSON for a request; `connect(path)`
 *   opens a WebSocket of `ws` and returns it with promises of its events; `raw(path)` opens one without any library.
 */
async function serveApp(t, name, { isSecure = false, ...options } = {}) {
  const handler = openApp(t, name, options)
  const server = isSecure ? https.createServer(selfSigned(), handler.listener) : http.createServer(handler.listener)
  server.on('upgrade', handler.upgrade)
  const port = await listen(t, server)
  const scheme = isSecure ? 'wss' : 'ws'
  return {
    handler,
    server,
    port,
    ask: (path) => ask(handler, path),
    connect(path, protocols = [], more = {}) {
      const webSocket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, protocols, {
        rejectUnauthorized: false,
        perMessageDeflate: false,
        ...more,
      })
      t.after(() => webSocket.terminate())
      return follow(webSocket)
    },
    raw: (path, more) => openRaw(t, port, path, more),
  }
}

/** Sends a request through the API and gives the body of the response, read as JSON. */
async function ask(handler, url) {
  return JSON.parse((await handler.handleRequest({ url })).body)
}

/** Follows a WebSocket of `ws` from its beginning. */
function follow(webSocket) {
  const messages = []
  webSocket.on('message', (data, isBinary) => messages.push(isBinary ? data : data.toString()))
  const refused = new Promise((resolve) => {
    webSocket.on('unexpected-response', (_request, response) => {
      const chunks = []
      const settle = (error) => resolve({ response, status: response.statusCode, body: Buffer.concat(chunks), error })
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => settle(null))
      response.on('error', settle)
    })
  })
  const upgraded = once(webSocket, 'upgrade').then(([response]) => response)
  const opened = once(webSocket, 'open')
  const closed = new Promise((resolve) => {
    webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  for (const promise of [upgraded, opened]) promise.catch(() => undefined)
  webSocket.on('error', () => undefined)
  return {
    webSocket,
    messages,
    opened,
    /** The response with which the handshake ended well. */
    upgraded,
    /** `{ code, reason }` */
    closed,
    /** `{ response, status, body, error }` of a handshake that was refused. */
    refused,
    /** Sends a message and gives the next one. */
    async exchange(message) {
      await opened
      webSocket.send(message)
      const [data, isBinary] = await once(webSocket, 'message')
      return isBinary ? data : data.toString()
    },
  }
}

/**
 * Opens a connection and asks for a WebSocket, byte by byte.
 *
 * @param {object} t the test.
 * @param {number} port
 * @param {string} path
 * @param {{ headers?: string[], method?: string, key?: string | null, version?: string, early?: Buffer }} [more]
 *   `early` is sent with the request, before its answer.
 */
function openRaw(t, port, path, { headers = [], method = 'GET', key = KEY, version = '13', early } = {}) {
  const socket = net.connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: Upgrade', 'Upgrade: websocket']
  lines.push(`Sec-WebSocket-Version: ${version}`)
  if (key !== null) lines.push(`Sec-WebSocket-Key: ${key}`)
  const head = Buffer.from(`${[...lines, ...headers].join('\r\n')}\r\n\r\n`, 'latin1')
  socket.write(early === undefined ? head : Buffer.concat([head, early]))
  return new RawSocket(socket)
}

/** A WebSocket client whose frames are written and read by hand. */
class RawSocket {
  #bytes = Buffer.alloc(0)
  #hasEnded = false

  constructor(socket) {
    this.socket = socket
    socket.on('end', () => (this.#hasEnded = true))
    socket.on('close', () => (this.#hasEnded = true))
  }

  /** The status line and the headers of the answer, each a line of latin-1. */
  async head() {
    let end
    while ((end = this.#bytes.indexOf('\r\n\r\n')) === -1) {
      if (!await this.#more()) return null
    }
    const lines = this.#bytes.toString('latin1', 0, end).split('\r\n')
    this.#bytes = this.#bytes.subarray(end + 4)
    return lines
  }

  /** Reads the answer of a handshake that ends well. */
  async opened() {
    const lines = await this.head()
    if (!lines?.[0].startsWith('HTTP/1.1 101 ') || !lines.includes(`Sec-WebSocket-Accept: ${ACCEPT}`)) {
      throw new Error(`no handshake: ${lines}`)
    }
    return lines
  }

  /** The next frame, or `null` at the end: `{ opcode, payload }`. */
  async frame() {
    for (;;) {
      const frame = parseFrame(this.#bytes)
      if (frame !== null) {
        this.#bytes = this.#bytes.subarray(frame.size)
        return frame
      }
      if (!await this.#more()) return null
    }
  }

  /** The code and the reason of the close frame that comes next, but for what comes before. */
  async closeFrame() {
    for (;;) {
      const frame = await this.frame()
      if (frame === null) return null
      if (frame.opcode === CLOSE) {
        return { code: frame.payload.readUInt16BE(0), reason: frame.payload.toString('utf8', 2) }
      }
    }
  }

  /** All that comes until the end. */
  async rest() {
    while (await this.#more());
    return this.#bytes
  }

  send(opcode, payload = '', options) {
    this.socket.write(makeFrame(opcode, payload, options))
  }

  /** Leaves without a close frame. */
  drop() {
    this.socket.destroy()
  }

  /** Resolves once there is more, with whether there is. */
  async #more() {
    for (;;) {
      const chunk = this.socket.read()
      if (chunk !== null) {
        this.#bytes = Buffer.concat([this.#bytes, chunk])
        return true
      }
      if (this.#hasEnded) return false
      await new Promise((resolve) => {
        const settle = () => {
          for (const event of ['readable', 'end', 'close']) this.socket.off(event, settle)
          resolve()
        }
        for (const event of ['readable', 'end', 'close']) this.socket.on(event, settle)
      })
    }
  }
}

/** Makes a client's frame. */
function makeFrame(opcode, payload = '', { isLast = true, reserved = 0, isMasked = true } = {}) {
  const data = Buffer.from(payload)
  const extended = data.length < 126 ? 0 : data.length < 65536 ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = (isLast ? 0x80 : 0) | reserved | opcode
  head[1] = (isMasked ? 0x80 : 0) | (extended === 0 ? data.length : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(data.length, 2)
  if (extended === 8) head.writeBigUInt64BE(BigInt(data.length), 2)
  // A mask of zeros changes nothing.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), data])
}

/** Reads a server's frame from the beginning of some bytes; `null` when it is not all there. */
function parseFrame(bytes) {
  if (bytes.length < 2) return null
  let length = bytes[1] & 0x7f
  let start = 2
  if (length === 126) {
    if (bytes.length < 4) return null
    length = bytes.readUInt16BE(2)
    start = 4
  } else if (length === 127) {
    if (bytes.length < 10) return null
    length = Number(bytes.readBigUInt64BE(2))
    start = 10
  }
  const size = start + length
  if (bytes.length < size) return null
  return { opcode: bytes[0] & 0x0f, reserved: bytes[0] & 0x70, payload: bytes.subarray(start, size), size }
}

module.exports = {
  BINARY,
  CLOSE,
  CONTINUATION,
  PING,
  PONG,
  TEXT,
  ask,
  follow,
  makeFrame,
  openRaw,
  serveApp,
}
