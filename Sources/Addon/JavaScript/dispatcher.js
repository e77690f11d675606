// The road to the event loop's thread: when commands are handed over. The way back is in answers.js.
'use strict'

const native = require('native')
const { nextTick, performance, setImmediate } = require('./clock')
const { BLOCK_SIZE, CommandBatch } = require('./command-batch')
const delivery = require('./delivery')
const { create } = require('./errors')
const slots = require('./slots')
const { OPEN } = require('./states')

const { flag_end: BODY_ENDED } = native.records
/** Bytes up to which a body that is given whole goes in one piece, and those of the pieces of a larger one. */
const WHOLE = 1 << 20
const PIECE = 256 << 10

const settled = Promise.resolve()

/** Milliseconds of the monotonic clock in this turn; 0 where it was not read. */
let clock = 0

/** Milliseconds of the monotonic clock, read once per turn. */
function now() {
  if (clock === 0) clock = performance.now()
  return clock
}

/** Collects commands for one of Python's event loops and hands them over together. */
class Dispatcher {
  /** Exchanges whose application has not returned. */
  live = 0
  #batch
  #isScheduled = false
  // Answers were read, and the callbacks of their promises run: what is due is seen after them.
  #isReading = false
  // There are requests or messages in the batch, whose answers somebody waits for.
  #isUrgent = false
  // Whether this thread hosts the event loop: Python runs when a batch is handed over.
  #isHosting = false
  // The turn of Node's loop (`native.turns[0]`) whose first commands went at once.
  #turn = -1
  // Commands were handed over and not carried out.
  #isTurnDue = false
  #flushThis = () => this.flush()
  #flushUrgentThis = () => this.#flushUrgent()
  #lookAfterwards = () => nextTick(this.#flushUrgentThis)

  /** @param {object} channel the addon's functions and memory for one of Python's event loops */
  constructor(channel) {
    this.channel = channel
    this.#batch = new CommandBatch(this, channel)
  }

  /** An application was loaded: this thread may host the event loop since. */
  begin() {
    this.#isHosting = native.isHosting()
  }

  /**
   * Queues a request.
   * @param {object} exchange a new one
   * @param {object} head a RequestHead, see requests.js
   */
  open(exchange, head, flags) {
    const isSplit = head.body !== null && head.body.length > WHOLE && !head.raw
    this.#batch.request(exchange, head, isSplit ? flags & ~BODY_ENDED : flags, isSplit ? null : head.body)
    exchange.state = OPEN
    exchange.dispatcher = this
    this.live++
    this.#isUrgent = true
    slots.hold()
    this.#schedule(head.bodyOpen)
    if (isSplit) this.#split(exchange, head.body)
  }

  /** Sends a large body in pieces: while one is copied here, the application reads the last. */
  #split(exchange, body) {
    exchange.queued += body.length
    for (let at = 0; at < body.length; at += PIECE) {
      this.body(exchange.slot, body.subarray(at, at + PIECE), at + PIECE >= body.length, true)
    }
  }

  /** @param {boolean} [isBorrowed] the chunk's memory is the caller's again when this returns */
  body(slot, chunk, isEnd, isBorrowed = false) {
    if (slot === -1) return
    this.#batch.body(slot, chunk, isEnd)
    this.#schedule()
    // Handing it over copies it: once instead of twice.
    if (isBorrowed && chunk.length >= BLOCK_SIZE) this.#handOver(false)
  }

  /** A WebSocket's message. @param {boolean} [isBorrowed] as of a body */
  message(slot, data, isText, isBorrowed = false) {
    if (slot === -1) return
    this.#batch.message(slot, data, isText)
    this.#isUrgent = true
    this.#schedule()
    if (isBorrowed && data.length >= BLOCK_SIZE) this.#handOver(false)
  }

  acknowledge(slot, bytes, pace) {
    if (slot === -1) return
    this.#batch.acknowledge(slot, bytes, pace)
    this.#schedule()
  }

  /** The client has left. */
  abort(slot) {
    this.#batch.abort(slot)
    this.#schedule()
  }

  /** The client of a WebSocket has left. */
  disconnect(slot, code, reason) {
    this.#batch.disconnect(slot, code, reason)
    this.#schedule()
  }

  /** Hands all commands over; where this thread hosts the event loop, Python carries them out. */
  flush() {
    this.#isScheduled = this.#isUrgent = false
    clock = 0
    if (!this.#batch.isEmpty || (this.#isHosting && this.#isTurnDue)) this.#handOver(this.#isHosting)
    slots.tell()
  }

  /**
   * Answers were read: unless a turn of the hosted loop is due anyway, the room that this has made is told at once, so that
   * large bodies do not pause, and requests that it leads to go in one batch after the callbacks of its promises. Not in an
   * immediate: Node's loop would poll the system before it.
   */
  flushSoon() {
    if (this.#isHosting) return slots.tell()
    if (!this.#batch.isEmpty) this.#handOver(false)
    if (this.#isReading) return
    this.#isReading = this.#isScheduled = true
    // Node's ticks go before the promises' callbacks, but for those that are asked for in one.
    settled.then(this.#lookAfterwards)
  }

  /**
   * Hands over what was asked for, before what is to come after it. It is not carried out yet: answers may be read now,
   * and newer ones must not come in between.
   */
  submit() {
    if (!this.#batch.isEmpty) this.#handOver(false)
    this.#schedule()
  }

  /** Hands over a record that the batch has no room for, after the batch. */
  submitApart(octets, block) {
    if (!this.#batch.isEmpty) this.#handOver(false)
    this.#isTurnDue = true
    this.channel.submit(block === null ? undefined : [block], octets)
  }

  /** @param {boolean} [isOpen] what was asked for goes better with what follows in this turn */
  #schedule(isOpen = false) {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // The first commands of a turn of Node's loop that hosts Python's go at once; the others together at its end, or a
    // server with many connections would pay for a batch with each. The addon counts the turns: an immediate in each one, to
    // know of its end, costs more.
    if (this.#isHosting && !isOpen && this.#turn !== native.turns[0]) {
      this.#turn = native.turns[0]
      nextTick(this.#flushThis)
    } else {
      setImmediate(this.#flushThis)
    }
  }

  /** The callbacks of answers' promises have run. */
  #flushUrgent() {
    this.#isReading = this.#isScheduled = false
    if (this.#isUrgent) return this.flush()
    if (!this.#batch.isEmpty) this.#schedule()
    slots.tell()
  }

  /** @param {boolean} isCarriedOut by Python at once, where this thread hosts the event loop */
  #handOver(isCarriedOut) {
    this.#isTurnDue = !isCarriedOut
    const lost = this.#batch.withdrawLost()
    const blocks = this.#batch.end()
    if (isCarriedOut) native.dispatch(blocks)
    else this.channel.submit(blocks)
    if (lost !== undefined) { for (const exchange of lost) lose(exchange) }
  }
}

/** Ends an exchange whose body was lost. */
function lose({ exchange, isRequest }) {
  const text = 'The memory of a body was given away or cut before it was sent'
  const error = create('ERR_ASGI_INVALID_BODY', text)
  if (isRequest) delivery.finish(exchange, error)
  else delivery.fail(exchange, error)
}

/** One for each of Python's event loops; `native` is the first one's channel. */
const dispatchers = [new Dispatcher(native)]
let next = 0

/** The dispatcher of the loop that has the fewest exchanges whose application has not returned, by turns among equals. */
function leastBusy() {
  if (dispatchers.length === 1) return dispatchers[0]
  next = (next + 1) % dispatchers.length
  let least = dispatchers[next]
  for (const each of dispatchers) if (each.live < least.live) least = each
  return least
}

/**
 * A handler was made: there may be more loops since, and this thread may host the first one.
 * @param {(channel: object) => void} added called with each new loop's channel
 */
function addLoops(added) {
  dispatchers[0].begin()
  for (let i = dispatchers.length; i < native.loops(); i++) {
    const channel = native.channel(i)
    dispatchers.push(new Dispatcher(channel))
    added(channel)
  }
}

module.exports = { addLoops, dispatchers, leastBusy, now }
