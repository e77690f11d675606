'use strict'

// Moves large bodies over a plain socket: what comes is counted in one buffer and what goes is one buffer, so that this
// end costs next to nothing. Started by rivals.js.

const { once } = require('node:events')
const net = require('node:net')
const { pathOf, pauses } = require('../bodies')
const { HEADERS, keepMoving, serveTasks } = require('../flight')

const PIECE = Buffer.alloc(1 << 20)
const NOTHING = Buffer.alloc(0)
/** Answers below this length are kept as text: they are numbers. */
const LONGEST_TEXT = 32

/** A connection that is kept alive; it has one request at a time. */
class Connection {
  #socket
  #head = ''
  // The length of the answer's body, null until its head has been read.
  #expected = null
  #length = 0
  #text = ''
  // Settles the promise of the answer, null while none is awaited.
  #waiting = null
  #pause = null

  /** @param {number} port */
  constructor(port) {
    this.#socket = net.connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.allocUnsafe(1 << 18),
        callback: (length, bytes) => {
          this.#read(bytes.subarray(0, length))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server has closed')))
  }

  /**
   * Sends a request and reads the answer to its end.
   *
   * @param {{ method: string, path: string, bytes?: number, isSlow?: boolean }} request `bytes`: how many to send;
   *   `isSlow`: reads with pauses.
   * @returns {Promise<{ length: number, text: string }>} of the body; its text only when it is short.
   */
  async ask({ method, path, bytes = 0, isSlow = false }) {
    this.#head = this.#text = ''
    this.#expected = null
    this.#length = 0
    this.#pause = isSlow ? pauses(true) : null
    const answer = new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
    const headers = bytes > 0 ? { ...HEADERS, 'content-length': bytes } : HEADERS
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    const sent = this.#send(bytes)
    // When the connection fails both do.
    sent.catch(() => undefined)
    const result = await answer
    await sent
    return result
  }

  close() {
    this.#socket.destroy()
  }

  async #send(bytes) {
    for (let left = bytes; left > 0; left -= PIECE.length) {
      if (!this.#socket.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)) await once(this.#socket, 'drain')
    }
  }

  #read(bytes) {
    const body = this.#expected === null ? this.#readHead(bytes) : bytes
    if (this.#expected === null) return
    this.#length += body.length
    if (this.#length < LONGEST_TEXT) this.#text += body.toString('latin1')
    if (this.#length < this.#expected) {
      this.#rest(body.length)
      return
    }
    this.#waiting.resolve({ length: this.#length, text: this.#text })
    this.#waiting = null
  }

  /** Reads on in the head; returns the bytes after it. */
  #readHead(bytes) {
    const before = this.#head.length
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end === -1) return NOTHING
    this.#head = this.#head.slice(0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)
    if (length === null || !this.#head.startsWith('HTTP/1.1 200 ')) {
      this.#fail(new Error(`a wrong answer: ${this.#head}`))
      return NOTHING
    }
    this.#expected = Number(length[1])
    return bytes.subarray(end + 4 - before)
  }

  #rest(length) {
    const pause = this.#pause?.(length)
    if (pause === undefined) return
    this.#socket.pause()
    pause.then(() => this.#socket.resume())
  }

  #fail(error) {
    this.#waiting?.reject(error)
    this.#waiting = null
  }
}

const ways = {
  async download(connection, { isSlow, bytes }) {
    const { length } = await connection.ask({ method: 'GET', path: pathOf('download', { bytes }), isSlow })
    if (length !== bytes) throw new Error(`a wrong answer: ${length} bytes`)
  },

  async upload(connection, { isSlow, bytes }) {
    const { text } = await connection.ask({ method: 'POST', path: pathOf('upload', { isSlow }), bytes })
    if (Number(text) !== bytes) throw new Error(`a wrong answer: ${text} of ${bytes} bytes were read`)
  },
}

serveTasks(async ({ way, url, ...task }) => {
  const connection = new Connection(Number(new URL(url).port))
  try {
    return await keepMoving(() => ways[way](connection, task), task)
  } finally {
    connection.close()
  }
})
