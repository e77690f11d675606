// The road to the event loop's thread: commands are collected as records in one piece of memory, and handed over together.
// The way back is in answers.js.
'use strict'

const native = require('native')
const checks = require('./checks')
const { nextTick, performance, setImmediate } = require('./clock')
const delivery = require('./delivery')
const { create } = require('./errors')
const { HeaderList } = require('./heads')
const { RequestHeads } = require('./request-heads')
const { exchanges, take, hold, letGo, tell } = require('./slots')
const { OPEN } = require('./states')

const {
  request: REQUEST,
  body: BODY,
  abort: ABORT,
  acknowledge: ACKNOWLEDGE,
  message: MESSAGE,
  disconnect: DISCONNECT,
  withdrawn: WITHDRAWN,
  inBlock: IN_BLOCK,
  noPort: NO_PORT,
  blockSize: BLOCK_SIZE,
  requestHead: HEAD,
  flag_end: BODY_ENDED,
  flag_text: IS_TEXT,
} = native.records
/** Bytes up to which a body that is given whole goes in one piece, and those of the pieces of a larger one. */
const WHOLE = 1 << 20
const PIECE = 256 << 10
/** Numbers that a record without octets takes at most, but for a request's. */
const SHORT = 8
/** Numbers that the text of a head mostly takes at most. */
const USUAL_TEXT = 4096
/** Where a request's body length stands. */
const REQUEST_BODY = HEAD - 1
const UPPER = 2 ** 32

/** The batch: records as in Records.swift, and the same memory as octets. */
const { commands, used: handedOver, turns } = native
const octets = Buffer.from(commands.buffer)
/** Bytes up to which copying them one by one costs less than a call. */
const FEW = 64
const headers = new HeaderList()
const heads = new RequestHeads()

/** Numbers of the batch. */
let used = 0
/** Where the last record begins, if it is a request; -1 for none. */
let lastRequest = -1
/** The batch's large bodies, and for each the record that it belongs to and how long it was when that was written. */
let blocks = []
let blockOwners = []
let isScheduled = false
/** Answers were read, and the callbacks of their promises run: what is due is seen behind them. */
let isReading = false
/** There are requests or messages in the batch, whose answers somebody waits for. */
let isUrgent = false
const settled = Promise.resolve()
const lookBehind = () => nextTick(flushUrgent)
let clock = 0

// Where this thread hosts the event loop, Python runs when a batch is handed over.
let isHosting = false
/** The turn of Node's loop (`turns[0]`) whose first commands went at once. */
let turn = -1
/** Commands were handed over and not carried out. */
let isTurnDue = false

/** @param {boolean} [isOpen] what was asked for goes better with what follows in this turn */
function schedule(isOpen = false) {
  if (isScheduled) return
  isScheduled = true
  // The first commands of a turn of Node's loop that hosts Python's go at once; the others together at its end, or a
  // server with many connections would pay for a batch with each. (Counted by the addon: an immediate in each turn, to
  // know of its end, takes some 1,500 instructions.)
  if (isHosting && !isOpen && turn !== turns[0]) {
    turn = turns[0]
    nextTick(flush)
  } else {
    setImmediate(flush)
  }
}

/** Sees to it that the batch has room for so many numbers. */
function reserve(numbers) {
  if (used + numbers > commands.length) handOver(native.submit)
}

/** Numbers for the octets of a body that goes with its record. */
function room(body) {
  return body === null || body.length >= BLOCK_SIZE ? 0 : (body.length + 3) >> 2
}

/** Hands all commands over; where this thread hosts the event loop, Python carries them out. */
function flush() {
  isScheduled = isUrgent = false
  clock = 0
  if (isHosting ? used > 0 || isTurnDue : used > 0) handOver(isHosting ? native.dispatch : native.submit)
  tell()
}

/** The callbacks of answers' promises have run. */
function flushUrgent() {
  isReading = isScheduled = false
  if (isUrgent) return flush()
  if (used > 0) schedule()
  tell()
}

function handOver(submit) {
  isTurnDue = submit === native.submit
  const lost = blocks.length > 0 ? withdrawLost() : undefined
  const sent = blocks.length > 0 ? blocks : undefined
  handedOver[0] = used
  used = 0
  lastRequest = -1
  if (sent !== undefined) {
    blocks = []
    blockOwners = []
  }
  submit(sent)
  if (lost !== undefined) { for (const exchange of lost) lose(exchange) }
}

/**
 * Takes back what has a large body whose memory was given away or cut since.
 * @returns {object[] | undefined} the exchanges
 */
function withdrawLost() {
  let lost
  for (let i = 0; i < blocks.length; i++) {
    const { at, length } = blockOwners[i]
    if (checks.bytesOf(blocks[i]) === length) continue
    const isRequest = (commands[at + 1] & 0xff) === REQUEST
    commands[at + 1] = isRequest ? WITHDRAWN : ABORT
    lost ??= []
    lost.push({ exchange: exchanges[commands[at + 2]], isRequest })
    blocks.splice(i, 1)
    blockOwners.splice(i--, 1)
  }
  return lost
}

/** Ends an exchange whose body was lost. */
function lose({ exchange, isRequest }) {
  const text = 'The memory of a body was given away or cut before it was sent'
  const error = create('ERR_ASGI_INVALID_BODY', text)
  if (isRequest) delivery.finish(exchange, error)
  else delivery.fail(exchange, error)
}

/** Begins a record. @returns {number} where it stands */
function begin(kind, flags, slot) {
  const at = used
  commands[at + 1] = kind | (flags << 8)
  commands[at + 2] = slot
  return at
}

/** Ends the record at `at`, whose numbers end at `end`, with a body, if there is one; its length stands at `lengthAt`. */
function finish(at, end, lengthAt, body) {
  if (body === null || body.length === 0) {
    commands[lengthAt] = 0
    used = end
  } else if (body.length >= BLOCK_SIZE) {
    commands[lengthAt] = IN_BLOCK
    blocks.push(body)
    blockOwners.push({ at, length: body.length })
    used = end
  } else {
    commands[lengthAt] = body.length
    copy(body, end << 2)
    used = end + ((body.length + 3) >> 2)
  }
  commands[at] = used - at
}

function copy(bytes, start) {
  const { length } = bytes
  if (length > FEW) octets.set(bytes, start)
  else for (let i = 0; i < length; i++) octets[start + i] = bytes[i]
}

/**
 * Has a piece of a body go with its request, where that is the last command: the application finds it there and need not
 * wait for it.
 * @returns {boolean} false: it needs a command of its own
 */
function join(slot, chunk, isEnd) {
  const at = lastRequest
  if (at === -1 || used !== at + commands[at] || commands[at + 2] !== slot) return false
  // Whoever waits for room is told only while the body goes on.
  if (isEnd && exchanges[slot].blocked) return false
  if (chunk !== null) {
    if (commands[at + REQUEST_BODY] > 0) return false
    finish(at, used, at + REQUEST_BODY, chunk)
  }
  if (isEnd) commands[at + 1] |= BODY_ENDED << 8
  return true
}

/**
 * Writes a request whose headers are in the list.
 * @throws {AsgiError} for a head that cannot be sent; nothing is written then
 */
function writeRequest(exchange, head, flags, body, start) {
  const count = (headers.used - start) >> 1
  const least = HEAD + (head.raw ? 0 : RequestHeads.room(count)) + room(body)
  reserve(least + USUAL_TEXT)
  const isLong = used + least > commands.length
  const numbers = isLong ? new Uint32Array(least) : commands
  const at = isLong ? 0 : used
  numbers[at + 1] = REQUEST | (flags << 8)
  numbers[at + 3] = exchange.application.number
  numbers[at + 4] = head.clientPort ?? NO_PORT
  numbers[at + 5] = head.serverPort ?? NO_PORT
  let end = at + HEAD
  let text = ''
  if (!head.raw) {
    end = heads.write(head, headers.items, start, headers.used, numbers, end)
    text = heads.text
  }
  // Written as UTF-8, which shows whether it is ASCII: no character takes more than three octets.
  const isApart = isLong || end + text.length + room(body) > commands.length
  if (isApart) return writeApart(exchange, numbers.slice(at, end), text, body, head, start)
  if (text !== '' && octets.write(text, end << 2) !== text.length) {
    checkHead(head, start)
    octets.latin1Write(text, end << 2)
  }
  commands[at + 2] = take(exchange)
  lastRequest = at
  finish(at, end + ((text.length + 3) >> 2), at + REQUEST_BODY, body)
}

/** Hands over a request that the batch has no room for, after what is in the batch. */
function writeApart(exchange, numbers, text, body, head, start) {
  checkHead(head, start)
  const textEnd = numbers.length + ((text.length + 3) >> 2)
  const own = new Uint32Array(textEnd + room(body))
  own.set(numbers)
  own[0] = own.length
  own[2] = take(exchange)
  const bytes = Buffer.from(own.buffer)
  bytes.latin1Write(text, numbers.length << 2)
  const isBlock = body !== null && body.length >= BLOCK_SIZE
  own[REQUEST_BODY] = isBlock ? IN_BLOCK : body === null ? 0 : body.length
  if (body !== null && !isBlock) bytes.set(body, textEnd << 2)
  if (used > 0) handOver(native.submit)
  isTurnDue = true
  native.submit(isBlock ? [body] : undefined, bytes)
}

/** @throws {AsgiError} for a character above U+00FF in a head that has one above U+007F */
function checkHead(head, start) {
  try {
    checks.method(head.method)
    for (const field of [head.target, head.rootPath, head.clientHost, head.serverHost, head.tls]) {
      checks.headerValue(field)
    }
    const { items, used: end } = headers
    for (let i = start; i < end; i += 2) {
      checks.headerName(items[i])
      checks.headerValue(items[i + 1])
    }
  } catch (error) {
    // It was noted as sent.
    heads.forget()
    throw error
  }
}

const dispatcher = {
  /** Milliseconds of the monotonic clock, read once per turn. */
  now() {
    if (clock === 0) clock = performance.now()
    return clock
  },

  /**
   * Queues a request.
   * @param {object} exchange a new one
   * @param {object} head a RequestHead, see requests.js
   */
  open(exchange, head, flags) {
    const isSplit = head.body !== null && head.body.length > WHOLE && !head.raw
    const body = isSplit ? null : head.body
    if (isSplit) flags &= ~BODY_ENDED
    // First: it may run other code, which sends requests of its own.
    const start = headers.used
    try {
      if (!head.raw) headers.read(head.headers)
      writeRequest(exchange, head, flags, body, start)
    } finally {
      headers.used = start
    }
    exchange.state = OPEN
    isUrgent = true
    hold()
    schedule(head.bodyOpen)
    if (isSplit) this.split(exchange, head.body)
  },

  /** Sends a large body in pieces: while one is copied here, the application reads the last (5 times as fast). */
  split(exchange, body) {
    exchange.queued += body.length
    for (let at = 0; at < body.length; at += PIECE) {
      this.body(exchange.slot, body.subarray(at, at + PIECE), at + PIECE >= body.length, true)
    }
  },

  /** @param {boolean} [isBorrowed] the chunk's memory is the caller's again when this returns */
  body(slot, chunk, isEnd, isBorrowed = false) {
    if (slot === -1) return
    reserve(SHORT + room(chunk))
    if (!join(slot, chunk, isEnd)) {
      const at = begin(BODY, isEnd ? BODY_ENDED : 0, slot)
      finish(at, at + 4, at + 3, chunk)
    }
    schedule()
    // Handing it over copies it: once instead of twice.
    if (isBorrowed && chunk.length >= BLOCK_SIZE) handOver(native.submit)
  },

  /** A WebSocket's message. @param {boolean} [isBorrowed] as of a body */
  message(slot, data, isText, isBorrowed = false) {
    if (slot === -1) return
    reserve(SHORT + room(data))
    const at = begin(MESSAGE, isText ? IS_TEXT : 0, slot)
    finish(at, at + 4, at + 3, data)
    isUrgent = true
    schedule()
    if (isBorrowed && data.length >= BLOCK_SIZE) handOver(native.submit)
  },

  acknowledge(slot, bytes, pace) {
    if (slot === -1) return
    reserve(SHORT)
    const at = begin(ACKNOWLEDGE, pace, slot)
    commands[at + 3] = bytes
    commands[at + 4] = bytes / UPPER
    used = at + (commands[at] = 5)
    schedule()
  },

  /** The client has left; a WebSocket's with a code and a reason. */
  abort(exchange, code, reason) {
    exchange.deadlines.remove(exchange)
    exchange.close()
    // An application that goes on although its client has left does not keep the process alive.
    exchange.isGivenUp = true
    exchange.application.settle(exchange)
    exchange.observer?.left(code)
    // The application may have returned already, and a file is still on its way.
    if (exchange.slot === -1) return
    letGo()
    const text = code === undefined ? null : Buffer.from(reason)
    reserve(SHORT + room(text))
    const at = begin(code === undefined ? ABORT : DISCONNECT, 0, exchange.slot)
    if (code === undefined) {
      used = at + (commands[at] = 3)
    } else {
      commands[at + 3] = code
      finish(at, at + 5, at + 4, text)
    }
    schedule()
    tell()
  },

  flush,

  /**
   * Answers were read, unless a turn of the hosted loop is due anyway: the room that this has made is told at once
   * (4 MiB in process: 2.7 instead of 2.1 GiB/s), and requests that it leads to go in one batch behind the callbacks of
   * its promises. (An immediate lets Node's loop ask the system before it, and Node be told twice whether to stay.)
   */
  flushSoon() {
    if (isHosting) return tell()
    if (used > 0) handOver(native.submit)
    if (isReading) return
    isReading = isScheduled = true
    // Node's ticks go before the promises' callbacks, but for those that are asked for in one.
    settled.then(lookBehind)
  },

  /** An application was loaded: this thread may host the event loop since. */
  begin() {
    isHosting = native.isHosting()
  },

  /**
   * Hands over what was asked for, before what is to come behind it. It is not carried out yet: answers may be read now,
   * and newer ones must not come in between.
   */
  submit() {
    if (used > 0) handOver(native.submit)
    schedule()
  },
}

module.exports = dispatcher
