// Encodes commands as records in shared memory: see Records.swift. submission-queue.js submits them.
'use strict'

const native = require('native')
const checks = require('./checks')
const { copy } = require('./copying')
const { HeaderList } = require('./heads')
const { RequestHeads } = require('./request-heads')
const slots = require('./slots')

const {
  request: REQUEST,
  body: BODY,
  disconnect: DISCONNECT,
  credit: CREDIT,
  message: MESSAGE,
  webSocketDisconnect: WEBSOCKET_DISCONNECT,
  withdrawn: WITHDRAWN,
  inBlock: IN_BLOCK,
  noPort: NO_PORT,
  blockSize: BLOCK_SIZE,
  requestHead: HEAD,
  flag_end: BODY_ENDED,
  flag_text: IS_TEXT,
} = native.records
/** The largest number of words of a record without octets, other than a request's. */
const SHORT = 8
/** Words that hold the text of most heads. */
const USUAL_TEXT = 4096
/** The index of a request's body length. */
const REQUEST_BODY = HEAD - 1
/** The weight of a 64-bit number's upper half. */
const UPPER = 2 ** 32

/** The number of words that a body occupies within its record. */
function inlineSize(body) {
  return body === null || body.length >= BLOCK_SIZE ? 0 : (body.length + 3) >> 2
}

/** Commands that are submitted together. */
class CommandBatch {
  #headers = new HeaderList()
  #heads = new RequestHeads()
  #queue
  // The records, the same memory as octets, and the addon's counter of the words used.
  #commands
  #octets
  #handedOver
  // The number of words in the batch.
  #used = 0
  // The index of the last record if it is a request, else -1.
  #lastRequest = -1
  // Large bodies, and for each the index of its record and its length when the record was written.
  #blocks = []
  #owners = []

  /**
   * @param {{ submit(): void, submitApart(octets: Buffer, block: Buffer | null): void }} queue submits a full batch
   * @param {object} channel the addon's memory for the loop
   */
  constructor(queue, channel) {
    this.#queue = queue
    this.#commands = channel.commands
    this.#octets = Buffer.from(channel.commands.buffer)
    this.#handedOver = channel.used
  }

  get isEmpty() {
    return this.#used === 0
  }

  /**
   * Ends the batch, which the caller submits.
   * @returns {Buffer[] | undefined} its large bodies
   */
  end() {
    this.#handedOver[0] = this.#used
    this.#used = 0
    this.#lastRequest = -1
    if (this.#blocks.length === 0) return undefined
    const blocks = this.#blocks
    this.#blocks = []
    this.#owners = []
    return blocks
  }

  /**
   * Withdraws commands with a large body whose memory was detached or resized since.
   * @returns {object[] | undefined} their exchanges
   */
  withdrawLost() {
    let lost
    for (let i = 0; i < this.#blocks.length; i++) {
      const { at, length } = this.#owners[i]
      if (checks.bytesOf(this.#blocks[i]) === length) continue
      const isRequest = (this.#commands[at + 1] & 0xff) === REQUEST
      this.#commands[at + 1] = isRequest ? WITHDRAWN : DISCONNECT
      lost ??= []
      lost.push({ exchange: slots.exchanges[this.#commands[at + 2]], isRequest })
      this.#blocks.splice(i, 1)
      this.#owners.splice(i--, 1)
    }
    return lost
  }

  /**
   * @param {object} exchange gets a slot
   * @param {object} head a RequestHead, see requests.js
   * @throws {AsgiError} if the head cannot be sent; then nothing is written
   */
  request(exchange, head, flags, body) {
    const headers = this.#headers
    // Read before anything is written: getters and iterators may send other requests.
    const start = headers.used
    try {
      if (!head.raw) headers.read(head.headers)
      this.#writeRequest(exchange, head, flags, body, start)
    } finally {
      headers.used = start
    }
  }

  /** A piece of a request's body, which joins the request's record if that is the last command. */
  body(slot, chunk, isEnd) {
    this.#reserve(SHORT + inlineSize(chunk))
    if (this.#join(slot, chunk, isEnd)) return
    const at = this.#begin(BODY, isEnd ? BODY_ENDED : 0, slot)
    this.#finish(at, at + 4, at + 3, chunk)
  }

  message(slot, data, isText) {
    this.#reserve(SHORT + inlineSize(data))
    const at = this.#begin(MESSAGE, isText ? IS_TEXT : 0, slot)
    this.#finish(at, at + 4, at + 3, data)
  }

  credit(slot, bytes, pace) {
    this.#reserve(SHORT)
    const at = this.#begin(CREDIT, pace, slot)
    this.#commands[at + 3] = bytes
    this.#commands[at + 4] = bytes / UPPER
    this.#used = at + (this.#commands[at] = 5)
  }

  abort(slot) {
    this.#reserve(SHORT)
    const at = this.#begin(DISCONNECT, 0, slot)
    this.#used = at + (this.#commands[at] = 3)
  }

  disconnect(slot, code, reason) {
    const text = Buffer.from(reason)
    this.#reserve(SHORT + inlineSize(text))
    const at = this.#begin(WEBSOCKET_DISCONNECT, 0, slot)
    this.#commands[at + 3] = code
    this.#finish(at, at + 5, at + 4, text)
  }

  /** Submits the batch if it has no space for so many words. */
  #reserve(words) {
    if (this.#used + words > this.#commands.length) this.#queue.submit()
  }

  /** Begins a record. @returns {number} its index */
  #begin(kind, flags, slot) {
    const at = this.#used
    this.#commands[at + 1] = kind | (flags << 8)
    this.#commands[at + 2] = slot
    return at
  }

  /** Ends the record at `at`: writes the body at `end`, after the record's numbers, and its length at `lengthAt`. */
  #finish(at, end, lengthAt, body) {
    if (body === null || body.length === 0) {
      this.#commands[lengthAt] = 0
    } else if (body.length >= BLOCK_SIZE) {
      this.#commands[lengthAt] = IN_BLOCK
      this.#blocks.push(body)
      this.#owners.push({ at, length: body.length })
    } else {
      this.#commands[lengthAt] = body.length
      copy(body, 0, body.length, this.#octets, end << 2)
      end += (body.length + 3) >> 2
    }
    this.#used = end
    this.#commands[at] = end - at
  }

  /**
   * Adds a piece of a body to its request's record if that is the last command, so that the application receives both together.
   * @returns {boolean} false if the piece needs its own command
   */
  #join(slot, chunk, isEnd) {
    const at = this.#lastRequest
    if (at === -1 || this.#used !== at + this.#commands[at] || this.#commands[at + 2] !== slot) return false
    // A blocked writer gets its drain event only while the body is open.
    if (isEnd && slots.exchanges[slot].blocked) return false
    if (chunk !== null) {
      if (this.#commands[at + REQUEST_BODY] > 0) return false
      this.#finish(at, this.#used, at + REQUEST_BODY, chunk)
    }
    if (isEnd) this.#commands[at + 1] |= BODY_ENDED << 8
    return true
  }

  /** Writes a request. Its headers begin at `start` in the list. */
  #writeRequest(exchange, head, flags, body, start) {
    const headers = this.#headers
    const count = (headers.used - start) >> 1
    const size = HEAD + (head.raw ? 0 : RequestHeads.maxSize(count)) + inlineSize(body)
    this.#reserve(size + USUAL_TEXT)
    const isLong = this.#used + size > this.#commands.length
    const numbers = isLong ? new Uint32Array(size) : this.#commands
    const at = isLong ? 0 : this.#used
    numbers[at + 1] = REQUEST | (flags << 8)
    numbers[at + 3] = exchange.application.number
    numbers[at + 4] = head.clientPort ?? NO_PORT
    numbers[at + 5] = head.serverPort ?? NO_PORT
    let end = at + HEAD
    let text = ''
    if (!head.raw) {
      end = this.#heads.write(head, headers.items, start, headers.used, numbers, end)
      text = this.#heads.text
    }
    // As many UTF-8 octets as characters means that the text is ASCII.
    const isApart = isLong || end + text.length + inlineSize(body) > this.#commands.length
    if (isApart) return this.#writeApart(exchange, numbers.slice(at, end), text, body, head, start)
    if (text !== '' && this.#octets.write(text, end << 2) !== text.length) {
      this.#checkHead(head, start)
      this.#octets.latin1Write(text, end << 2)
    }
    this.#commands[at + 2] = slots.allocate(exchange)
    this.#lastRequest = at
    this.#finish(at, end + ((text.length + 3) >> 2), at + REQUEST_BODY, body)
  }

  /** Submits a request that does not fit into the batch, after the batch. */
  #writeApart(exchange, numbers, text, body, head, start) {
    this.#checkHead(head, start)
    const textEnd = numbers.length + ((text.length + 3) >> 2)
    const own = new Uint32Array(textEnd + inlineSize(body))
    own.set(numbers)
    own[0] = own.length
    own[2] = slots.allocate(exchange)
    const bytes = Buffer.from(own.buffer)
    bytes.latin1Write(text, numbers.length << 2)
    const isBlock = body !== null && body.length >= BLOCK_SIZE
    own[REQUEST_BODY] = isBlock ? IN_BLOCK : body === null ? 0 : body.length
    if (body !== null && !isBlock) bytes.set(body, textEnd << 2)
    this.#queue.submitApart(bytes, isBlock ? body : null)
  }

  /** Validates a head that is not ASCII. @throws {AsgiError} for a character above U+00FF */
  #checkHead(head, start) {
    try {
      checks.method(head.method)
      for (const field of [head.target, head.rootPath, head.clientHost, head.serverHost, head.tls]) {
        checks.headerValue(field)
      }
      const { items, used: end } = this.#headers
      for (let i = start; i < end; i += 2) {
        checks.headerName(items[i])
        checks.headerValue(items[i + 1])
      }
    } catch (error) {
      // The encoder has remembered the head as sent, and would leave out its fields next time.
      this.#heads.forget()
      throw error
    }
  }
}

module.exports = { CommandBatch, BLOCK_SIZE }
