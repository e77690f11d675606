// Reads batches of answers, which come as records: see Records.swift.
'use strict'

const native = require('native')
const { HeadReader, NO_HEAD } = require('./heads')

const {
  answer_start: START,
  answer_body: CHUNK,
  answer_end: END,
  answer_fail: FAIL,
  answer_room: ROOM,
  answer_control: CONTROL,
  answer_event: EVENT,
  answer_interim: INTERIM,
  answer_file: FILE,
  answer_accept: ACCEPT,
  answer_message: MESSAGE,
  answer_close: CLOSE,
  inBlock: IN_BLOCK,
  startHead: START_HEAD,
} = native.records
// A getter of the global object otherwise, at each use.
const { Buffer } = globalThis
const EMPTY = Buffer.alloc(0)
/** Bytes up to which copying them one by one costs less than a call. */
const FEW = 64
const UPPER = 2 ** 32

/** One answer, out of its batch. */
class Answer {
  number = 0
  head = NO_HEAD
  body = EMPTY
  /** Of a failure: the error response that it came after, and that has waited for it. */
  response = null

  constructor(kind, flags, slot) {
    this.kind = kind
    this.flags = flags
    this.slot = slot
  }
}

/**
 * Makes what reads the batches of one of Python's event loops.
 * @param {object} channel the addon's memory for it
 */
function makeReader(channel) {
  /** The memory that batches come in, unless one is larger. */
  const shared = channel.answers
  const sharedBytes = Buffer.from(shared.buffer)
  const heads = new HeadReader()

  /**
   * Reads a batch, whose memory is the next batch's afterwards.
   * @param {Uint32Array} numbers its records, see Records.swift
   * @param {number} count how many numbers they are
   * @param {Buffer[] | undefined} blocks its large bodies
   * @returns {Answer[]}
   */
  function answersOf(numbers, count, blocks) {
    const bytes = numbers === shared ? sharedBytes : Buffer.from(numbers.buffer)
    const answers = []
    let blockAt = 0
    for (let at = 0; at < count; at += numbers[at]) {
      const word = numbers[at + 1]
      const kind = word & 0xff
      const answer = new Answer(kind, word >>> 8, numbers[at + 2])
      const end = (at + numbers[at]) << 2
      let length = 0
      switch (kind) {
        case START:
          answer.number = numbers[at + 3]
          length = numbers[at + 4]
          answer.head = heads.read(numbers, at + START_HEAD, bytes)
          break
        case CHUNK:
        case MESSAGE:
        case FAIL:
        case FILE:
          length = numbers[at + 3]
          break
        case END:
          answer.head = heads.read(numbers, at + 3, bytes)
          break
        case ROOM:
          answer.number = numbers[at + 3] + numbers[at + 4] * UPPER
          break
        case CONTROL:
        case EVENT:
        case CLOSE:
          answer.number = numbers[at + 3]
          length = numbers[at + 4]
          break
        case INTERIM:
          answer.number = numbers[at + 3]
          answer.head = heads.read(numbers, at + 4, bytes)
          break
        case ACCEPT:
          length = numbers[at + 3]
          answer.head = heads.read(numbers, at + 4, bytes)
          break
      }
      if (length === IN_BLOCK) {
        answer.body = blocks[blockAt++]
      } else if (length > 0) {
        const start = end - ((length + 3) & ~3)
        answer.body = bytes === sharedBytes ? copy(start, length) : bytes.subarray(start, start + length)
      }
      answers.push(answer)
    }
    return answers
  }

  /** Bytes of the shared memory, as a Buffer of their own. */
  function copy(start, length) {
    // Of Node's pool, as `Buffer.from` makes them.
    const own = Buffer.allocUnsafe(length)
    if (length > FEW) sharedBytes.copy(own, 0, start, start + length)
    else for (let i = 0; i < length; i++) own[i] = sharedBytes[start + i]
    return own
  }

  return answersOf
}

module.exports = { makeReader }
