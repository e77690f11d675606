'use strict'

const assert = require('node:assert/strict')
const { crc32 } = require('../crc32')

/**
 * One response as a client reads it.
 *
 * @typedef {object} Answer
 * @property {{ status: number, headers: string[][] }[]} interim the interim responses before it, without 100: a client that
 *   has sent its body need not be asked for it.
 * @property {number} status
 * @property {string} reason
 * @property {string[][]} headers names in lower case, in order; without those that `framing` and `closes` stand for.
 * @property {boolean} hasDate
 * @property {'none' | 'length' | 'chunked' | 'close'} framing how the end of its body shows.
 * @property {number | null} declared its Content-Length.
 * @property {boolean} closes it says, or shows, that it is the connection's last.
 * @property {number} length of its body.
 * @property {number} checksum of its body.
 * @property {string[][]} trailers
 * @property {boolean} isComplete
 */

/** Reads the responses of a connection as strictly as a client can. */
class AnswerReader {
  /** @type {Answer[]} those that are complete. */
  answers = []
  #bytes = Buffer.alloc(0)
  #methods
  #interim = []

  /** @param {string[]} methods of the requests, in order. */
  constructor(methods) {
    this.#methods = methods
  }

  /** How many final responses are complete. */
  get count() {
    return this.answers.length
  }

  /** Takes what has come. @throws when it is no response. */
  take(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    for (;;) {
      const method = this.#methods[this.count] ?? 'GET'
      const found = readAnswer(this.#bytes, method)
      if (found === null || !found.answer.isComplete) return
      this.#bytes = this.#bytes.subarray(found.end)
      this.#add(found.answer)
    }
  }

  /** The connection has ended: gives the response that it has cut off; null where there is none. */
  end() {
    const found = readAnswer(this.#bytes, this.#methods[this.count] ?? 'GET')
    if (found === null) {
      assert.equal(this.#bytes.length, 0, `a head that is cut off: ${shown(this.#bytes)}`)
      return null
    }
    const { answer } = found
    answer.interim = this.#interim
    if (answer.framing !== 'close') return answer
    answer.isComplete = true
    this.#add(answer)
    return null
  }

  #add(answer) {
    if (answer.status === 100) return
    if (answer.status < 200) {
      this.#interim.push({ status: answer.status, headers: answer.headers })
    } else {
      this.answers.push({ ...answer, interim: this.#interim })
      this.#interim = []
    }
  }
}

const TOKEN = /^[\w!#$%&'*+\-.^`|~]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Reads the response at the beginning of some octets; null without a whole head. */
function readAnswer(bytes, method) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const [, digits, reason] = /^HTTP\/1\.1 (\d{3}) ([\t\x20-\x7e]*)$/.exec(first) ?? []
  assert.notEqual(digits, undefined, `no status line: ${shown(bytes)}`)
  const status = Number(digits)
  const all = lines.map(fieldOf)
  const codings = valuesOf(all, 'transfer-encoding')
  // Several that say the same are one (RFC 9110, 8.6).
  const lengths = [...new Set(valuesOf(all, 'content-length'))]
  assert.ok(codings.length + lengths.length <= 1 || method === 'HEAD', `framed in several ways: ${shown(bytes)}`)
  const isBodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304
  if (lengths.length > 0 && !isBodyless) assert.match(lengths[0], /^\d+$/)
  const options = valuesOf(all, 'connection').join(',').toLowerCase().split(',').map((each) => each.trim())
  const framing = isBodyless ? 'none' : codings.length > 0 ? 'chunked' : lengths.length > 0 ? 'length' : 'close'
  const body = BODIES[framing](bytes.subarray(headEnd + 4), Number(lengths[0]))
  const answer = {
    interim: [],
    status,
    reason,
    headers: all.filter(([name]) => !OF_THE_SERVER.has(name)),
    hasDate: valuesOf(all, 'date').length > 0,
    framing,
    declared: lengths.length > 0 ? Number(lengths[0]) : null,
    closes: options.includes('close') || framing === 'close',
    length: body.bytes.length,
    checksum: crc32(body.bytes),
    trailers: body.trailers ?? [],
    isComplete: body.isComplete,
  }
  return { answer, end: headEnd + 4 + body.used }
}

/** What `framing`, `closes` and `hasDate` stand for, and what says how long an idle connection is kept. */
const OF_THE_SERVER = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date'])

function fieldOf(line) {
  const colon = line.indexOf(':')
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  assert.match(name, TOKEN)
  assert.match(value, VALUE)
  return [name.toLowerCase(), value]
}

const valuesOf = (headers, wanted) => headers.filter(([name]) => name === wanted).map(([, value]) => value)

const NOTHING = Buffer.alloc(0)

/** How a body is read: its octets, how many of the connection's it has used, and whether it is complete. */
const BODIES = {
  none: () => ({ bytes: NOTHING, used: 0, isComplete: true }),
  close: (bytes) => ({ bytes, used: bytes.length, isComplete: false }),
  length(bytes, length) {
    const body = bytes.subarray(0, length)
    return { bytes: body, used: body.length, isComplete: body.length === length }
  },
  chunked(bytes) {
    const parts = []
    for (let at = 0;;) {
      const lineEnd = bytes.indexOf('\r\n', at)
      const cut = () => ({ bytes: Buffer.concat(parts), used: bytes.length, isComplete: false })
      if (lineEnd === -1) return cut()
      const size = bytes.toString('latin1', at, lineEnd)
      assert.match(size, /^[\da-f]+$/i)
      const length = Number.parseInt(size, 16)
      if (length === 0) {
        const tail = bytes.indexOf('\r\n\r\n', lineEnd)
        if (tail === -1) return cut()
        const trailers = bytes.toString('latin1', lineEnd + 2, tail).split('\r\n').filter(Boolean).map(fieldOf)
        return { bytes: Buffer.concat(parts), used: tail + 4, trailers, isComplete: true }
      }
      parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length))
      at = lineEnd + 2 + length + 2
      if (bytes.length < at) return cut()
      assert.equal(bytes.toString('latin1', at - 2, at), '\r\n', 'a chunk of another length than its own')
    }
  },
}

function shown(bytes) {
  return JSON.stringify(bytes.toString('latin1', 0, 300))
}

module.exports = { AnswerReader }
