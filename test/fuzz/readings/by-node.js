'use strict'

const http = require('node:http')
const { Duplex } = require('node:stream')

/** What Node answers with where its server does not say it itself. */
const STATUSES = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

/** The octets' number (FNV-1a), as the native reader has it. */
function hashOf(octets, hash = 0x811c9dc5) {
  for (const octet of octets) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0
  return hash
}

/** Reads connections as Node's server does. Nothing is answered: an answer would end some connections early. */
class NodeReader {
  #server

  constructor() {
    // Node answers a request without Host on its own; `#request` says the same, at once.
    this.#server = http.createServer({ requireHostHeader: false })
    this.#server.on('request', (request, response) => request.socket.reading.request(request, response))
    this.#server.on('checkContinue', (request, response) => request.socket.reading.request(request, response))
    this.#server.on('checkExpectation', (request) => request.socket.reading.end({ kind: 'refused', status: 417 }))
    for (const name of ['upgrade', 'connect']) {
      this.#server.on(name, (request, socket) => socket.reading.handOver(request))
    }
    this.#server.on('clientError', (error, socket) => socket.reading.fail(error))
  }

  /**
   * Reads one connection.
   *
   * @param {Buffer} octets
   * @param {number[]} [cuts] where the pieces end that it comes in, in order.
   * @returns {Promise<object>} messages and ending, as the native reader says them.
   */
  async read(octets, cuts = []) {
    const socket = new Client()
    this.#server.emit('connection', socket)
    let start = 0
    for (const end of [...cuts, octets.length]) {
      if (end > start) await socket.give(octets.subarray(start, end))
      start = end
    }
    await socket.give(null)
    socket.destroy()
    return { messages: socket.reading.messages, ending: socket.reading.ending }
  }

  close() {
    this.#server.close()
  }
}

/** A connection without a network: its pieces come as they are cut. */
class Client extends Duplex {
  reading = new Reading()

  constructor() {
    super({ allowHalfOpen: true })
    this.on('error', () => undefined)
  }

  /** Gives the server a piece, or the end, and waits until it has read it. */
  async give(piece) {
    this.push(piece)
    await new Promise(setImmediate)
  }

  _read() {}

  _write(_chunk, _encoding, callback) {
    callback()
  }

  setTimeout() {
    return this
  }
}

/** What the server says about one connection. No message counts after its end; the body of one before it comes later. */
class Reading {
  messages = []
  ending = { kind: 'whole' }
  #isOver = false

  request(request, response) {
    if (this.#isOver) return
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      return this.end({ kind: 'refused', status: 400 })
    }
    const message = this.#add(request, response.shouldKeepAlive)
    request.on('data', (piece) => {
      message.length += piece.length
      message.hash = hashOf(piece, message.hash)
    })
    request.on('end', () => {
      message.complete = request.complete
    })
    request.on('error', () => undefined)
  }

  handOver(request) {
    if (this.#isOver) return
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      return this.end({ kind: 'refused', status: 400 })
    }
    this.#add(request, undefined)
    this.end({ kind: 'handed over' })
  }

  fail(error) {
    if (error.code === 'HPE_INVALID_EOF_STATE') return this.end({ kind: 'truncated' })
    this.end({ kind: 'refused', status: STATUSES[error.code] ?? 400, error: error.code })
  }

  end(ending) {
    if (this.#isOver) return
    this.#isOver = true
    this.ending = ending
  }

  #add(request, keepAlive) {
    const raw = request.rawHeaders
    const headers = []
    for (let at = 0; at < raw.length; at += 2) headers.push([raw[at].toLowerCase(), raw[at + 1]])
    const message = {
      method: request.method,
      target: request.url,
      version: request.httpVersion,
      headers,
      keepAlive,
      length: 0,
      hash: hashOf([]),
      complete: false,
    }
    this.messages.push(message)
    return message
  }
}

module.exports = { NodeReader, hashOf }
