'use strict'

const assert = require('node:assert/strict')
const { core } = require('../../js/binding')
const { TOKEN } = require('./inputs')
const { assertEcho } = require('./echo')
const { OneApp } = require('./one-app')
const { CODES } = require('./world')

/** Characters that no part of a request may have. */
const FORBIDDEN = ['\0', '\r', '\n', '\x01', '\x7f', '\u0100', '\u20ac', '\ud800']

/** How many lists of headers come again. */
const KNOWN = 8

/** Many requests in one batch, some of them invalid: those fail, and the others get their answers. */
class Batches extends OneApp {
  /** Headers of earlier requests: repeated ones, or parts of them, are encoded differently than new ones. */
  #known = []

  constructor() {
    super('echoes_whole')
  }

  async run(random, number) {
    const entries = random.some(1, 12, () => this.#begin(random, number))
    if (random.once(3)) await new Promise(setImmediate)
    for (const { exchange, rest } of entries) {
      // A head with a character that is no octet is refused at once.
      if (exchange.isRefused) continue
      for (const piece of rest) exchange.write(piece, random.once(2))
      exchange.end()
    }
    const spoiled = entries.filter(({ isSpoiled }) => isSpoiled)
    for (const entry of entries) {
      const outcome = await entry.exchange.outcome
      if (entry.isGivenUp) continue
      if (entry.isSpoiled) {
        assert.ok(outcome instanceof Error, 'no error for what cannot be sent')
        assert.ok(CODES.has(outcome.code) && outcome.code !== 'ERR_ASGI_INTERNAL', outcome.stack)
      } else {
        assert.ok(Buffer.isBuffer(outcome), outcome.stack)
        assertEcho(outcome, entry.sent)
      }
    }
    return spoiled.length === 0 ? 'sound' : spoiled.length === entries.length ? 'nothing sound' : 'mixed'
  }

  #begin(random, number) {
    const head = new core.requests.RequestHead()
    head.method = random.of(['GET', 'POST', 'PUT', 'X'])
    head.target = `/${random.of(['whole', 'pieces', 'late'])}/${number}?${random.text('abc=%&', 0, 20)}`
    head.headers = this.#headers(random)
    if (random.once(2)) {
      head.clientHost = '192.0.2.1'
      head.clientPort = random.below(65536)
    }
    head.bodyOpen = random.once(3)
    head.buffered = random.once(2)
    const isSpoiled = random.once(5)
    // While another body is incomplete, this one is sent in one piece.
    const most = head.bodyOpen || isSpoiled ? 1 << 20 : Infinity
    head.body = random.once(2) ? null : random.bytes(Math.min(most, random.length()))
    const rest = head.bodyOpen ? random.some(0, 3, () => random.bytes(random.length())) : []
    const body = Buffer.concat([head.body ?? Buffer.alloc(0), ...rest])
    if (isSpoiled) spoil(random, head)
    const sent = {
      method: head.method,
      target: head.target,
      headers: pairs(head.headers).map(([name, value]) => [name.toLowerCase(), value]),
      body,
    }
    const exchange = new Collecting()
    try {
      this.handler[core.symbols.application].open(exchange, head)
    } catch (error) {
      exchange.refuse(error)
    }
    const isGivenUp = !exchange.isRefused && random.once(10)
    if (isGivenUp) exchange.giveUp()
    return { exchange, sent, rest, isSpoiled, isGivenUp }
  }

  /** New headers, or those of a request before with other values here and there. */
  #headers(random) {
    const value = () => random.once(20) ? 'v'.repeat(random.from(500, 530)) : random.text('ab \xe9', 0, 20)
    if (this.#known.length > 0 && !random.once(3)) {
      const list = [...random.of(this.#known)]
      for (let i = 1; i < list.length; i += 2) if (random.once(3)) list[i] = value()
      return list
    }
    const most = random.once(10) ? 70 : 8
    const list = random.some(0, most, () => [random.text(TOKEN, 1, 10), value()]).flat()
    if (this.#known.push(list) > KNOWN) this.#known.shift()
    return [...list]
  }
}

function pairs(list) {
  return Array.from({ length: list.length / 2 }, (_, index) => [list[2 * index], list[2 * index + 1]])
}

function spoil(random, head) {
  const into = (text) => {
    const at = random.below(text.length + 1)
    return text.slice(0, at) + random.of(FORBIDDEN) + text.slice(at)
  }
  const place = random.of(['method', 'target', 'rootPath', 'clientHost', 'serverHost', 'headers', 'headers'])
  if (place !== 'headers') head[place] = into(head[place])
  else if (head.headers.length === 0) head.headers.push('x', into(''))
  else {
    const index = random.below(head.headers.length)
    head.headers[index] = into(head.headers[index])
  }
}

/** Collects a response as it comes. */
class Collecting extends core.Exchange {
  #chunks = []
  #settle
  /** It was never sent. */
  isRefused = false

  outcome = new Promise((resolve) => {
    this.#settle = resolve
  })

  giveUp() {
    this.abort()
    this.#settle(null)
  }

  refuse(error) {
    this.isRefused = true
    this.#settle(error)
  }

  onData(chunk) {
    this.#chunks.push(chunk)
    this.credit(chunk.length)
  }

  onEnd() {
    this.#settle(Buffer.concat(this.#chunks))
  }

  onFail(error) {
    this.#settle(error)
  }
}

module.exports = { Batches }
