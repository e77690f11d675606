'use strict'

const { core } = require('../binding')
const { isPlain } = require('./plain-response')

const { FAST, SLOW } = core.paces

/** The size of a chunk in bytes from which the client's speed is observed. */
const LARGE = 16 << 10

/**
 * Writes the chunks of a response. It gives the app credit for chunks while the socket buffers no more than
 * `highWaterMark` bytes, so a slow client slows the app down.
 */
class ResponseFlow {
  #exchange
  #res
  // How many bytes the socket may buffer: more for fast clients, so that the app does not pause at each short delay.
  #window
  // Bytes that were written, but not yet credited to the app.
  #buffered = 0
  #isListeningForDrain = false
  #isListeningForFinish = false
  #isWatching = false
  // Chunks to free when Node has written them; null if other code may hold them.
  #given

  /**
   * @param {import('./listener-exchange').ListenerExchange} exchange
   * @param {import('node:http').ServerResponse} res with its head written.
   * @param {number} highWaterMark bytes that the socket of a slow client may buffer.
   */
  constructor(exchange, res, highWaterMark) {
    this.#exchange = exchange
    this.#res = res
    this.#window = new core.Window(highWaterMark, core.budgets.responses)
    this.#given = isPlain(res) ? [] : null
  }

  /** @param {Buffer} chunk */
  write(chunk) {
    const res = this.#res
    const hasRoom = res.write(chunk)
    if (chunk.length >= LARGE) this.#watch(chunk)
    // Credited before it is sent, so that the app makes the next chunk meanwhile.
    if (hasRoom || res.writableLength - chunk.length <= this.#window.size) {
      this.#exchange.credit(chunk.length)
      return
    }
    this.#buffered += chunk.length
    if (!this.#isListeningForDrain) {
      this.#isListeningForDrain = true
      res.on('drain', () => this.#drained())
    }
  }

  /** The socket's buffer is empty. */
  #drained() {
    this.#free()
    this.#creditBuffered(0)
  }

  /** Calls `written` after Node has written the chunks of this turn. */
  #watch(chunk) {
    if (this.#given !== null && chunk.length === chunk.buffer.byteLength) this.#given.push(chunk)
    if (this.#isWatching) return
    this.#isWatching = true
    process.nextTick(written, this)
  }

  /** Adjusts the window to the client's speed, and reports the speed to the core. */
  written() {
    this.#isWatching = false
    if (this.#res.destroyed) return
    const waiting = this.#res.writableLength
    if (waiting === 0) {
      this.#free()
      this.#creditBuffered(FAST)
      this.#window.widen()
      return
    }
    if (waiting > this.#window.size) {
      this.#exchange.credit(0, SLOW)
      this.close()
    }
    // The next chunk, or 'drain', frees them; after the last chunk 'finish' does.
    if (this.#given !== null && !this.#isListeningForFinish) {
      this.#isListeningForFinish = true
      this.#res.once('finish', () => this.#free())
    }
  }

  /** Shrinks the window to `highWaterMark`, for a slow client or at the end. */
  close() {
    this.#window.narrow()
  }

  #creditBuffered(pace) {
    const bytes = this.#buffered
    this.#buffered = 0
    if (bytes > 0 || pace !== 0) this.#exchange.credit(bytes, pace)
  }

  /**
   * Frees the chunks that were written. With large responses the garbage collector would be slower, and would reuse memory
   * that is no longer in the CPU's cache.
   */
  #free() {
    if (this.#given === null || this.#given.length === 0) return
    // Node also emits 'drain' when the next pipelined response grows.
    if (this.#res.writableLength > 0) return
    core.free(this.#given)
    this.#given = []
  }
}

function written(flow) {
  flow.written()
}

module.exports = { ResponseFlow }
