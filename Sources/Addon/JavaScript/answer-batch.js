// Decodes batches of answers, the records that Python's side sends: see Records.swift.
'use strict'

const native = require('native')
const { copy } = require('./copying')
const { HeadReader, NO_HEAD } = require('./heads')

const {
  answer_start: START,
  answer_body: CHUNK,
  answer_end: END,
  answer_fail: FAIL,
  answer_credit: CREDIT,
  answer_control: CONTROL,
  answer_notice: NOTICE,
  answer_interim: INTERIM,
  answer_file: FILE,
  answer_accept: ACCEPT,
  answer_message: MESSAGE,
  answer_close: CLOSE,
  inBlock: IN_BLOCK,
  startHead: START_HEAD,
} = native.records
// Kept because globalThis.Buffer is a getter.
const { Buffer } = globalThis
const EMPTY = Buffer.alloc(0)
const UPPER = 2 ** 32

/** One decoded answer. */
class Answer {
  number = 0
  head = NO_HEAD
  body = EMPTY
  /** For a failure: the error response sent just before it, which was held back for it. */
  response = null

  constructor(kind, flags, slot) {
    this.kind = kind
    this.flags = flags
    this.slot = slot
  }
}

/**
 * Makes the function that decodes the batches of one of Python's event loops.
 * @param {object} channel the addon's memory for it
 */
function makeReader(channel) {
  /** The memory of all batches that fit into it. */
  const shared = channel.answers
  const sharedBytes = Buffer.from(shared.buffer)
  const heads = new HeadReader()

  /**
   * Decodes a batch. Its memory is reused for the next batch.
   * @param {Uint32Array} numbers its records, see Records.swift
   * @param {number} count how many of the numbers are used
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
        case CREDIT:
          answer.number = numbers[at + 3] + numbers[at + 4] * UPPER
          break
        case CONTROL:
        case NOTICE:
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
        answer.body = bytes === sharedBytes ? copied(start, length) : bytes.subarray(start, start + length)
      }
      answers.push(answer)
    }
    return answers
  }

  /** Copies bytes out of the shared memory. */
  function copied(start, length) {
    // From Node's pool, like the Buffers of `Buffer.from`.
    const own = Buffer.allocUnsafe(length)
    copy(sharedBytes, start, length, own, 0)
    return own
  }

  return answersOf
}

module.exports = { makeReader }
