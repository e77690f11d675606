'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const net = require('node:net')

/** Makes a mark of a case, which a change does not turn into another case's. */
function tokenOf(number) {
  return `<${number}-${createHash('sha1').update(`case ${number}`).digest('hex').slice(0, 8)}>`
}

const TOKEN = /<(\d+)-([0-9a-f]{8})>/g

/** Checks that no mark in a text is another case's. */
function assertOwn(text, number) {
  for (const [token, other] of text.matchAll(TOKEN)) {
    if (token === tokenOf(Number(other))) assert.equal(Number(other), number, `an answer of case ${other}: ${token}`)
  }
}

/** Changes some bytes: replaces, removes, adds or repeats them, or inserts text with a meaning in the protocol. */
function mutated(random, bytes, pieces) {
  let result = bytes
  for (let left = random.from(1, 4); left > 0; left--) {
    const at = random.below(result.length)
    const until = Math.min(result.length, at + random.from(1, random.once(3) ? 60 : 3))
    const put = random.of([
      () => Buffer.from([random.below(256)]),
      () => Buffer.from(random.of(pieces), 'latin1'),
      () => result.subarray(at, until),
      () => Buffer.alloc(0),
      () => random.bytes(random.from(1, 20)),
    ])()
    const skipped = random.once(2) ? until : at
    result = Buffer.concat([result.subarray(0, at), put, result.subarray(skipped)])
    if (result.length === 0) result = Buffer.from('\r\n')
  }
  return result
}

/**
 * A connection whose client may write anything. `bytes` has all received data; `changed` resolves with
 * more data, or at the end.
 */
class RawClient {
  bytes = Buffer.alloc(0)
  isClosed = false
  #wake = () => undefined

  constructor(port) {
    this.socket = net.connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk])
      this.#wake()
    })
    // A server that has given a connection up may reset it.
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.isClosed = true
        this.#wake()
        resolve()
      })
    })
  }

  /** Writes in pieces of any size, some of them on their own. */
  async write(random, bytes) {
    let at = 0
    let most = random.of([1, 7, 100, 100_000])
    if (bytes.length > 2000 && most < 100) most = 100
    while (at < bytes.length && !this.socket.destroyed) {
      const length = random.from(1, most)
      this.socket.write(bytes.subarray(at, at + length))
      at += length
      if (random.once(3)) await new Promise(setImmediate)
    }
  }

  /** Waits until a condition holds, the connection is closed, or no byte has arrived for `idleTimeout` ms. */
  async until(condition, idleTimeout) {
    while (!this.isClosed && !condition()) {
      let timer
      const isLate = await new Promise((resolve) => {
        this.#wake = () => resolve(false)
        timer = setTimeout(() => resolve(true), idleTimeout)
      })
      clearTimeout(timer)
      if (isLate) return
    }
  }
}

module.exports = { RawClient, assertOwn, mutated, tokenOf }
