// The way back: takes batches of answers, in the order in which they are to be told.
'use strict'

const native = require('native')
const { makeReader } = require('./answer-batch')
const applications = require('./applications')
const { performance, setImmediate } = require('./clock')
const controls = require('./controls')
const { deliver } = require('./delivery')
const { dispatchers } = require('./dispatcher')
const { fromJSON } = require('./errors')
const { uncaught } = require('./reports')
const slots = require('./slots')
const { ENDED } = require('./states')

const {
  answer_start: START,
  answer_fail: FAIL,
  answer_finished: FINISHED,
  answer_control: CONTROL,
  answer_event: EVENT,
  answer_flag_end: IS_END,
  answer_flag_finished: IS_FINISHED,
} = native.records
/** The least status of a response that stands for an error of the application. */
const LEAST_ERROR = 500

class Answers {
  // A synchronous call lets only its own answers through; the others wait here.
  #only = -1
  #deferred = []

  constructor() {
    this.follow(native)
  }

  /**
   * Has the answers of one of Python's event loops read.
   * @param {object} channel the addon's functions and memory for it
   */
  follow(channel) {
    const answersOf = makeReader(channel)
    channel.receive((numbers, count, blocks) => this.#receive(answersOf, numbers, count, blocks))
  }

  /**
   * Blocks this thread until the exchange has ended or the time is over; other exchanges' answers wait.
   * @returns {boolean} whether it has ended
   */
  block(exchange, timeout) {
    const end = timeout === 0 ? Infinity : performance.now() + timeout
    this.#only = exchange.slot
    try {
      exchange.dispatcher?.flush()
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

  /** Reads the answers that are there already. */
  catchUp() {
    this.#readDeferred()
    native.wait(0)
  }

  /**
   * Takes a batch.
   * @param {(numbers: Uint32Array, count: number, blocks?: Buffer[]) => object[]} answersOf reads it
   * @param {Uint32Array} numbers its records, see Records.swift
   * @param {number} count how many numbers they are
   * @param {Buffer[] | undefined} blocks its large bodies
   */
  #receive(answersOf, numbers, count, blocks) {
    // All of it first: a function that is called for one answer may ask synchronously, and get the batch after this one.
    const answers = answersOf(numbers, count, blocks)
    if (this.#only === -1) {
      this.#readDeferred()
      performAll(answers)
      for (const dispatcher of dispatchers) dispatcher.flushSoon()
      return
    }
    const wanted = this.#only
    const own = []
    for (const answer of answers) {
      // Control calls and events are nobody's slot.
      const isOwn = answer.slot === wanted && answer.kind !== CONTROL && answer.kind !== EVENT
      ;(isOwn ? own : this.#deferred).push(answer)
    }
    performAll(own)
  }

  /** Tells the answers that have waited. The caller hands over the commands that this leads to. */
  #readDeferred() {
    if (this.#deferred.length === 0) return
    const answers = this.#deferred
    this.#deferred = []
    performAll(answers)
  }

  #readLater() {
    this.#readDeferred()
    for (const dispatcher of dispatchers) dispatcher.flush()
    slots.tell()
  }
}

/** Tells answers to their exchanges. An error response waits for what its application raises without waiting itself. */
function performAll(answers) {
  let waiting = null
  for (let i = 0; i < answers.length; i++) {
    const answer = answers[i]
    const { kind, flags, slot } = answer
    if (kind === START && answer.number >= LEAST_ERROR && (flags & (IS_END | IS_FINISHED)) === IS_END) {
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
  if (answer.kind === CONTROL || answer.kind === EVENT) performApart(answer)
  else deliver(answer)
}

/** What belongs to no exchange: when it throws, that is an uncaught exception. */
function performApart({ kind, slot, number, body }) {
  try {
    if (kind === EVENT) applications.event(slot, slots.exchanges[number], body.toString())
    else controls.ended(slot, number === 0 ? undefined : fromJSON(body.toString()))
  } catch (error) {
    uncaught(error)
  }
}

module.exports = new Answers()
