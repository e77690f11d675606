'use strict'

const { core } = require('../binding')
const { isPlain } = require('./plain-response')

const { FLOWS, SLOW } = core.paces

/** Bytes of a chunk from which it is worth seeing whether the client takes everything at once. */
const LARGE = 16 << 10

/**
 * The chunks of a response on their way to the client: the core hears which of them the socket has taken, beyond
 * `highWaterMark` bytes that it may hold, so a slow client slows the app down.
 */
class ResponseFlow {
  #exchange
  #res
  // What the socket may hold. Its buffer in the system is full for a moment now and then, also where the client takes
  // everything at once: the app need not wait for that.
  #window
  // Bytes in the response's buffer that the core has not been told about.
  #buffered = 0
  #isListeningForDrain = false
  #isListeningForFinish = false
  #isWatching = false
  // Chunks that Node was given, to be freed when it has written them; null where somebody else may have them.
  #given

  /**
   * @param {import('./listener-exchange').ListenerExchange} exchange
   * @param {import('node:http').ServerResponse} res with its head written.
   * @param {number} highWaterMark bytes that the socket of a slow client may hold.
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
    // What the socket holds may be as much as the core holds: the app makes the next chunk while this one leaves.
    if (hasRoom || res.writableLength - chunk.length <= this.#window.size) {
      this.#exchange.acknowledge(chunk.length)
      return
    }
    this.#buffered += chunk.length
    if (!this.#isListeningForDrain) {
      this.#isListeningForDrain = true
      res.on('drain', () => this.#drained())
    }
  }

  /** The socket has room again. */
  #drained() {
    this.#free()
    this.#acknowledgeBuffered(0)
  }

  /** Has `written` called when Node has written what it was given in this turn. */
  #watch(chunk) {
    if (this.#given !== null && chunk.length === chunk.buffer.byteLength) this.#given.push(chunk)
    if (this.#isWatching) return
    this.#isWatching = true
    process.nextTick(written, this)
  }

  /** Tells the core whether the client takes everything at once: then more may be on its way. */
  written() {
    this.#isWatching = false
    if (this.#res.destroyed) return
    const waiting = this.#res.writableLength
    if (waiting === 0) {
      this.#free()
      this.#acknowledgeBuffered(FLOWS)
      this.#window.widen()
      return
    }
    if (waiting > this.#window.size) {
      this.#exchange.acknowledge(0, SLOW)
      this.close()
    }
    // The next chunk, or 'drain', finds them written; behind the last one neither comes.
    if (this.#given !== null && !this.#isListeningForFinish) {
      this.#isListeningForFinish = true
      this.#res.once('finish', () => this.#free())
    }
  }

  /** The response may hold no more than its `highWaterMark`: the client is slow, or all is over. */
  close() {
    this.#window.narrow()
  }

  #acknowledgeBuffered(pace) {
    const bytes = this.#buffered
    this.#buffered = 0
    if (bytes > 0 || pace !== 0) this.#exchange.acknowledge(bytes, pace)
  }

  /**
   * Frees the chunks that were written. Otherwise they wait for V8's collector, which has much to do where gigabytes are
   * sent, and their memory is cold when it is used again.
   */
  #free() {
    if (this.#given === null || this.#given.length === 0) return
    // Not so behind every 'drain': Node emits one, too, when a response that is pipelined behind this one grows.
    if (this.#res.writableLength > 0) return
    core.free(this.#given)
    this.#given = []
  }
}

function written(flow) {
  flow.written()
}

module.exports = { ResponseFlow }
