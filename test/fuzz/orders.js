'use strict'

const assert = require('node:assert/strict')
const { Request } = require('../..')
const { assertEcho } = require('./echo')
const { CODES, open, settled } = require('./world')

/** Writing, ending, aborting, destroying and reading in any order and at any time. */
class Orders {
  #handler = open('echoes_whole', { highWaterMark: 20_000 })

  async open() {
    await this.#handler.ready()
  }

  async close() {
    await settled([this.#handler])
    await this.#handler.close()
  }

  run(random, number) {
    const kind = random.of([Upload, Upload, Conversation])
    return new kind(this.#handler, random, number).run()
  }
}

/** Lets others run: microtasks, a turn of the event loop, or a little time. */
function pause(random) {
  const ways = [
    () => undefined,
    () => Promise.resolve(),
    () => new Promise(setImmediate),
    () => new Promise((resolve) => setTimeout(resolve, random.below(3))),
  ]
  return random.of(ways)()
}

/** One request whose methods are called in any order. The subclasses define its actions. */
class Use {
  constructor(handler, random, number) {
    this.handler = handler
    this.random = random
    this.number = number
    this.controller = new AbortController()
    this.reason = new Error(`given up: ${number}`)
    this.isGivenUp = false
    this.response = null
    this.opened = null
    this.pending = []
  }

  async run() {
    const { random } = this
    for (const step of random.some(1, 14, () => random.of(this.steps()))) {
      step()
      await pause(random)
    }
    return this.finish()
  }

  open() {
    if (this.opened !== null) return this.#openAgain()
    this.opened = this.handler.handleStream(this.request, this.controller.signal)
    this.pending.push(this.#keep())
    return undefined
  }

  /** Keeps the response when it arrives; `finish()` reports a missing one. */
  async #keep() {
    this.response = await this.opened.catch(() => null)
  }

  /** A second time: refused, or answered where the body can be sent twice. */
  #openAgain() {
    const again = this.handler.handleStream(this.request).then((response) => response.destroy())
    this.pending.push(again.catch((error) => this.assertExplained(error, 'ERR_ASGI_REQUEST_USED')))
  }

  abort() {
    this.isGivenUp = true
    this.controller.abort(this.reason)
  }

  destroy() {
    if (this.response === null) return
    this.isGivenUp = true
    this.response.destroy()
  }

  assertExplained(error, ...codes) {
    if (error === this.reason && this.isGivenUp) return
    const known = this.isGivenUp ? [...codes, 'ERR_ASGI_DISCONNECTED'] : codes
    assert.ok(CODES.has(error.code) && known.includes(error.code), `unexplained: ${error.stack}`)
  }
}

/** An upload whose body comes back: whole, or piece by piece. */
class Upload extends Use {
  constructor(...args) {
    super(...args)
    const { random, number } = this
    this.method = random.of(['POST', 'PUT', 'GET'])
    this.target = `/${random.of(['pieces', 'whole', 'slow', 'late'])}/${number}`
    this.provided = random.once(5) ? random.bytes(random.length()) : null
    this.request = new Request({ method: this.method, url: this.target, body: this.provided })
    this.written = []
    this.read = []
  }

  steps() {
    const write = () => this.write()
    const all = [write, write, write, () => this.open(), () => this.end(), () => this.take(), () => this.wrong()]
    // Giving up ends the story: rarer than the rest.
    if (this.random.once(8)) all.push(() => this.abort(), () => this.destroy())
    return all
  }

  write() {
    const { random } = this
    const chunk = random.once(4) ? random.units(0, 40) : random.bytes(random.length())
    const piece = { bytes: Buffer.from(chunk), isTaken: false }
    this.written.push(piece)
    const writing = this.request.write(chunk)
    const done = (async () => {
      await writing
      piece.isTaken = true
    })()
    // The chunk was copied, so it may change now.
    if (typeof chunk !== 'string') chunk.fill(0)
    this.pending.push(done.catch((error) => {
      this.assertExplained(error, 'ERR_ASGI_WRITE_AFTER_END', 'ERR_ASGI_BODY_PROVIDED')
    }))
  }

  wrong() {
    const refused = this.request.write(this.random.of([5, null, {}, undefined]))
    this.pending.push(assert.rejects(refused, (error) => {
      this.assertExplained(error, 'ERR_ASGI_INVALID_BODY', 'ERR_ASGI_WRITE_AFTER_END', 'ERR_ASGI_BODY_PROVIDED')
      return true
    }))
  }

  end() {
    this.pending.push(this.request.end())
  }

  take() {
    if (this.response === null) return
    // In the order of the calls, which is the order of the chunks.
    const place = this.read.push(null) - 1
    const next = this.response.next()
    const taken = (async () => {
      this.read[place] = await next
    })()
    this.pending.push(taken.catch((error) => this.assertExplained(error)))
  }

  async finish() {
    this.open0()
    this.end()
    let response
    try {
      response = await this.opened
      for (let chunk = await response.next(); chunk !== null; chunk = await response.next()) this.read.push(chunk)
    } catch (error) {
      this.assertExplained(error)
      await Promise.all(this.pending)
      return 'given up'
    }
    await Promise.all(this.pending)
    // Given up when everything had come already, or after: what was read is a part of the truth.
    if (this.isGivenUp) return 'given up late'
    assert.equal(response.status, 200)
    const pieces = this.written.filter(({ isTaken }) => isTaken).map(({ bytes }) => bytes)
    const body = this.provided ?? Buffer.concat(pieces)
    const answer = Buffer.concat(this.read.filter((chunk) => chunk !== null))
    assertEcho(answer, { method: this.method, target: this.target, headers: [], body })
    return 'answered'
  }

  open0() {
    if (this.opened === null) this.open()
  }
}

/** A WebSocket whose messages come back. */
class Conversation extends Use {
  constructor(...args) {
    super(...args)
    this.request = new Request({ websocket: true, url: `/${this.number}` })
    this.sent = []
    this.received = []
    this.isClosed = false
  }

  steps() {
    const write = () => this.write()
    const all = [write, write, write, () => this.open(), () => this.take()]
    if (this.random.once(8)) all.push(() => this.abort(), () => this.destroy(), () => this.end())
    return all
  }

  write() {
    const { random } = this
    const isText = random.once(2)
    const message = isText ? random.text('ab\xe9\u20ac', 0, 50) : random.bytes(random.length())
    const isLate = this.isClosed
    if (!isLate) this.sent.push(isText ? message : Buffer.from(message))
    const done = this.request.write(message).catch((error) => this.assertExplained(error, 'ERR_ASGI_WRITE_AFTER_END'))
    this.pending.push(done)
  }

  end() {
    this.isClosed = true
    this.pending.push(this.request.end(this.random.of([1000, 1001, 3000, 4999]), this.random.text('bye\u20ac', 0, 20)))
  }

  take() {
    if (this.response === null) return
    const place = this.received.push(null) - 1
    const next = this.response.nextMessage()
    const taken = (async () => {
      this.received[place] = await next
    })()
    this.pending.push(taken.catch((error) => this.assertExplained(error, 'ERR_ASGI_DISCONNECTED')))
  }

  async finish() {
    if (this.opened === null) this.open()
    try {
      const response = await this.opened
      while (!this.isClosed && !this.isGivenUp && this.received.length < this.sent.length) {
        this.received.push(await response.nextMessage())
      }
      this.end()
      await Promise.all(this.pending)
      const got = this.received.filter((message) => message !== null)
      assert.deepEqual(got, this.sent.slice(0, got.length))
      return got.length === this.sent.length ? 'answered' : 'closed early'
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      this.assertExplained(error, 'ERR_ASGI_DISCONNECTED')
      if (!this.isGivenUp && !this.isClosed) throw error
      await Promise.all(this.pending)
      return 'given up'
    }
  }
}

module.exports = { Orders }
