// Submits commands to Python's event loops, and decides when. completion-queue.js is the other direction.
'use strict'

const native = require('native')
const { nextTick, setImmediate, turn } = require('./clock')
const { BLOCK_SIZE, CommandBatch } = require('./command-batch')
const delivery = require('./delivery')
const { create } = require('./errors')
const slots = require('./slots')
const { OPEN } = require('./states')

const { flag_end: BODY_ENDED } = native.records
/** A whole body of up to MAX_WHOLE bytes is sent in one piece, a larger one in pieces of PIECE bytes. */
const MAX_WHOLE = 1 << 20
const PIECE = 256 << 10

const settled = Promise.resolve()

/** Collects commands for one of Python's event loops and submits them in batches. */
class SubmissionQueue {
  /** Exchanges whose application has not returned. */
  live = 0
  #batch
  #isScheduled = false
  // Answers were delivered, and their promises' callbacks have not run yet; `flushUrgent` runs after them.
  #isReading = false
  // The batch has requests or messages, for whose answers a client waits.
  #isUrgent = false
  // Whether the event loop runs on this thread, as a guest: then Python runs when a batch is dispatched.
  #isHosting = false
  // The turn of Node's loop (`native.turns[0]`) whose first commands were submitted early.
  #turn = -1
  // Commands were submitted and not executed yet.
  #isTurnDue = false
  #flushThis = () => this.flush()
  #flushUrgentThis = () => this.#flushUrgent()
  #flushAfterwards = () => nextTick(this.#flushUrgentThis)

  /** @param {object} channel the addon's functions and memory for one of Python's event loops */
  constructor(channel) {
    this.channel = channel
    this.#batch = new CommandBatch(this, channel)
  }

  /** Called after an application was loaded, which decides whether this thread hosts the event loop. */
  begin() {
    this.#isHosting = native.isHosting()
  }

  /**
   * Queues a request.
   * @param {object} exchange a new one
   * @param {object} head a RequestHead, see requests.js
   */
  open(exchange, head, flags) {
    const isSplit = head.body !== null && head.body.length > MAX_WHOLE && !head.raw
    this.#batch.request(exchange, head, isSplit ? flags & ~BODY_ENDED : flags, isSplit ? null : head.body)
    exchange.state = OPEN
    exchange.submissions = this
    this.live++
    this.#isUrgent = true
    slots.ref()
    this.#schedule(head.bodyOpen)
    if (isSplit) this.#split(exchange, head.body)
  }

  /** Sends a large body in pieces, so that the application reads one while the next is copied. */
  #split(exchange, body) {
    exchange.queued += body.length
    for (let at = 0; at < body.length; at += PIECE) {
      this.body(exchange.slot, body.subarray(at, at + PIECE), at + PIECE >= body.length, true)
    }
  }

  /** @param {boolean} [isBorrowed] the caller reuses the chunk's memory after this returns */
  body(slot, chunk, isEnd, isBorrowed = false) {
    if (slot === -1) return
    this.#batch.body(slot, chunk, isEnd)
    this.#schedule()
    // Submitting copies a block, so it need not be copied into the batch first.
    if (isBorrowed && chunk.length >= BLOCK_SIZE) this.#handOver(false)
  }

  /** A WebSocket message. @param {boolean} [isBorrowed] as for `body` */
  message(slot, data, isText, isBorrowed = false) {
    if (slot === -1) return
    this.#batch.message(slot, data, isText)
    this.#isUrgent = true
    this.#schedule()
    if (isBorrowed && data.length >= BLOCK_SIZE) this.#handOver(false)
  }

  credit(slot, bytes, pace) {
    if (slot === -1) return
    this.#batch.credit(slot, bytes, pace)
    this.#schedule()
  }

  /** The client has disconnected. */
  abort(slot) {
    this.#batch.abort(slot)
    this.#schedule()
  }

  /** The client of a WebSocket has disconnected. */
  disconnect(slot, code, reason) {
    this.#batch.disconnect(slot, code, reason)
    this.#schedule()
  }

  /** Submits all commands; if this thread hosts the event loop, Python executes them now. */
  flush() {
    this.#isScheduled = this.#isUrgent = false
    turn.end()
    if (!this.#batch.isEmpty || (this.#isHosting && this.#isTurnDue)) this.#handOver(this.#isHosting)
    slots.applyRef()
  }

  /**
   * Called after answers were delivered. Credit is submitted at once, so that large bodies do not pause; requests made by the
   * promises' callbacks follow in one batch after them. A setImmediate would be later: Node's loop polls before it.
   */
  flushSoon() {
    if (this.#isHosting) return slots.applyRef()
    if (!this.#batch.isEmpty) this.#handOver(false)
    if (this.#isReading) return
    this.#isReading = this.#isScheduled = true
    // A tick scheduled inside a promise callback runs after all promise callbacks.
    settled.then(this.#flushAfterwards)
  }

  /**
   * Submits the commands written so far, before something that must come after them. Python does not execute them yet,
   * because answers may be in delivery, and newer ones must not overtake them.
   */
  submit() {
    if (!this.#batch.isEmpty) this.#handOver(false)
    this.#schedule()
  }

  /** Submits a record that does not fit into the batch, after the batch. */
  submitApart(octets, block) {
    if (!this.#batch.isEmpty) this.#handOver(false)
    this.#isTurnDue = true
    this.channel.submit(block === null ? undefined : [block], octets)
  }

  /** @param {boolean} [isOpen] more of the request follows in this turn, so waiting for it is better */
  #schedule(isOpen = false) {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // With a guest loop the first commands of a turn are submitted early, and all others in one batch at its end. The addon
    // counts turns, which is cheaper than an immediate in each.
    if (this.#isHosting && !isOpen && this.#turn !== native.turns[0]) {
      this.#turn = native.turns[0]
      nextTick(this.#flushThis)
    } else {
      setImmediate(this.#flushThis)
    }
  }

  /** Runs after the callbacks of answers' promises. */
  #flushUrgent() {
    this.#isReading = this.#isScheduled = false
    if (this.#isUrgent) return this.flush()
    if (!this.#batch.isEmpty) this.#schedule()
    slots.applyRef()
  }

  /** @param {boolean} isDispatched Python executes the commands now, on this thread */
  #handOver(isDispatched) {
    this.#isTurnDue = !isDispatched
    const lost = this.#batch.withdrawLost()
    const blocks = this.#batch.end()
    if (isDispatched) native.dispatch(blocks)
    else this.channel.submit(blocks)
    if (lost !== undefined) { for (const exchange of lost) failLost(exchange) }
  }
}

/** Fails an exchange whose body's memory is gone. */
function failLost({ exchange, isRequest }) {
  const text = 'The memory of a body was detached or resized before it was sent: keep it until the request is sent'
  const error = create('ERR_ASGI_INVALID_BODY', text)
  if (isRequest) delivery.finish(exchange, error)
  else delivery.fail(exchange, error)
}

module.exports = { SubmissionQueue }
