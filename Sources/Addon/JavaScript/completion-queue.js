// Receives batches of answers from Python and delivers them to their exchanges in order. submission-queue.js is the
// other direction.
'use strict'

const native = require('native')
const { makeReader } = require('./answer-batch')
const applications = require('./applications')
const { performance, setImmediate } = require('./clock')
const controls = require('./controls')
const { deliver } = require('./delivery')
const { fromJSON } = require('./errors')
const { uncaught } = require('./reports')
const slots = require('./slots')
const { ENDED } = require('./states')
const queues = require('./submission-queues')

const {
  answer_start: START,
  answer_fail: FAIL,
  answer_finished: FINISHED,
  answer_control: CONTROL,
  answer_notice: NOTICE,
  answer_flag_end: IS_END,
  answer_flag_finished: IS_FINISHED,
} = native.records
/** The first status that means an error of the application. */
const FIRST_ERROR_STATUS = 500

class CompletionQueue {
  // During a synchronous call: its slot, and the answers of other exchanges, which wait until it returns.
  #only = -1
  #deferred = []

  constructor() {
    this.follow(native)
  }

  /**
   * Subscribes to the answers of one of Python's event loops.
   * @param {object} channel the addon's functions and memory for it
   */
  follow(channel) {
    const answersOf = makeReader(channel)
    channel.receive((numbers, count, blocks) => this.#receive(answersOf, numbers, count, blocks))
  }

  /**
   * Blocks this thread until the exchange has ended or the timeout expires. Answers of other exchanges wait.
   * @returns {boolean} whether it has ended
   */
  block(exchange, timeout) {
    const end = timeout === 0 ? Infinity : performance.now() + timeout
    this.#only = exchange.slot
    try {
      exchange.submissions?.flush()
      while (exchange.state !== ENDED) {
        const left = Math.min(end - performance.now(), 1000)
        if (left <= 0) return false
        native.wait(left)
      }
      return true
    } finally {
      this.#only = -1
      if (this.#deferred.length > 0) setImmediate(() => this.#readLater())
    }
  }

  /** Delivers the answers that have already arrived. */
  catchUp() {
    this.#readDeferred()
    native.wait(0)
  }

  /**
   * Receives a batch.
   * @param {(numbers: Uint32Array, count: number, blocks?: Buffer[]) => object[]} answersOf decodes it
   * @param {Uint32Array} numbers its records, see Records.swift
   * @param {number} count how many of the numbers are used
   * @param {Buffer[] | undefined} blocks its large bodies
   */
  #receive(answersOf, numbers, count, blocks) {
    // Decode all of it first: a callback may make a synchronous call, which receives the next batch into the same memory.
    const answers = answersOf(numbers, count, blocks)
    if (this.#only === -1) {
      this.#readDeferred()
      performAll(answers)
      for (const queue of queues.all) queue.flushSoon()
      return
    }
    const wanted = this.#only
    const own = []
    for (const answer of answers) {
      // The slot of control calls and events is not an exchange's.
      const isOwn = answer.slot === wanted && answer.kind !== CONTROL && answer.kind !== NOTICE
      ;(isOwn ? own : this.#deferred).push(answer)
    }
    performAll(own)
  }

  /** Delivers the answers that have waited. The caller must submit the commands that result. */
  #readDeferred() {
    if (this.#deferred.length === 0) return
    const answers = this.#deferred
    this.#deferred = []
    performAll(answers)
  }

  #readLater() {
    this.#readDeferred()
    for (const queue of queues.all) queue.flush()
    slots.applyRef()
  }
}

/** Delivers answers. A complete error response is held back in case its exception follows in the same batch. */
function performAll(answers) {
  let waiting = null
  for (let i = 0; i < answers.length; i++) {
    const answer = answers[i]
    const { kind, flags, slot } = answer
    if (kind === START && answer.number >= FIRST_ERROR_STATUS && (flags & (IS_END | IS_FINISHED)) === IS_END) {
      waiting ??= new Map()
      waiting.set(slot, answer)
      continue
    }
    const response = waiting !== null && (kind === FAIL || kind === FINISHED) ? waiting.get(slot) : undefined
    if (response !== undefined) {
      waiting.delete(slot)
      if (kind === FAIL) answer.response = response
      else perform(response)
    }
    perform(answer)
  }
  if (waiting !== null) { for (const response of waiting.values()) perform(response) }
}

function perform(answer) {
  if (answer.kind === CONTROL || answer.kind === NOTICE) performApart(answer)
  else deliver(answer)
}

/** Handles an answer that belongs to no exchange. An error that it throws is an uncaught exception. */
function performApart({ kind, slot, number, body }) {
  try {
    if (kind === NOTICE) applications.notice(slot, slots.exchanges[number], body.toString())
    else controls.ended(slot, number === 0 ? undefined : fromJSON(body.toString()))
  } catch (error) {
    uncaught(error)
  }
}

module.exports = new CompletionQueue()
