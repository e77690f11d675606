'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { PythonHandler, Request } = require('../..')
const { core } = require('../../js/binding')
const { collectGarbage, growthOf, memory } = require('./memory')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'apps')

/** Python objects of one kind that may come to be while handlers come and go: caches of Python, and of ours. */
const NOISE = 64

/**
 * Very many handlers, one after the other, each with an application of its own that is started, asked and shut down.
 * Nothing of any may stay, on either side.
 */
class Handlers {
  #total
  #say
  #watcher = new PythonHandler('made_anew:report', { docroot, lifespan: 'off' })
  // Handlers that JavaScript has given back.
  #collected = 0
  #registry = new FinalizationRegistry(() => this.#collected++)
  #closed = 0

  /**
   * @param {object} options
   * @param {number} options.handlers how many; at least 10.
   * @param {(line: string) => void} say gets lines about the progress.
   */
  constructor({ handlers }, say) {
    this.#total = handlers
    this.#say = say
  }

  /**
   * Makes and closes the handlers.
   *
   * @returns {Promise<{ counts: object, left: object, growth: number }>} the counts of the applications, the numbers of
   *   objects that are left, and the growth of memory in MiB.
   */
  async run() {
    const tenths = []
    let before
    for (let tenth = 1; tenth <= 10; tenth++) {
      const limit = Math.round((this.#total * tenth) / 10)
      for (; this.#closed < limit; this.#closed++) await this.#one()
      const { left, kinds } = await this.#settled()
      before ??= kinds
      tenths.push(memory())
      this.#say(`${limit} handlers: ${tenths.at(-1).toFixed(1)} MiB, ${JSON.stringify(left)}`)
    }
    const { counts, left, kinds } = await this.#settled()
    for (const [kind, count] of Object.entries(kinds)) {
      const more = count - (before[kind] ?? 0)
      if (more > NOISE) left[kind] = more
    }
    await this.#watcher.close()
    return { counts, left, growth: growthOf(tenths) }
  }

  /** The life of a handler: some without a lifespan, some closed while a response is on its way. */
  async #one() {
    const lifespan = this.#closed % 2 === 0 ? 'on' : 'off'
    const handler = new PythonHandler('made_anew:make', { docroot, factory: true, lifespan })
    this.#registry.register(handler)
    const targets = ['/hello', '/sleep', '/hello', '/sleep']
    const responses = await Promise.all(targets.map((url) => handler.handleRequest({ url })))
    for (const { body } of responses) assert.equal(body.toString(), 'hello')
    await Promise.all([giveUp(handler), talk(handler)])
    if (this.#closed % 3 === 0) {
      const response = await handler.handleStream({ url: '/flood' })
      await Promise.all([handler.close({ timeout: 0 }), assert.rejects(drain(response), { code: 'ERR_ASGI_CLOSED' })])
    } else {
      await handler.close()
    }
    assert.equal(handler.stats().inFlight, 0)
    assert.equal(handler.stats().errors, 0)
  }

  /** Collects garbage on both sides until nothing changes. Returns what is left, and Python's objects by type. */
  async #settled() {
    let found
    for (let round = 0; round < 200; round++) {
      collectGarbage()
      await new Promise(setImmediate)
      const { body } = await this.#watcher.handleRequest({ url: '/' })
      const { counts, alive, kinds } = JSON.parse(body)
      const left = { ...alive, handlers: this.#closed - this.#collected, slots: core.slots.live }
      found = { counts, left, kinds }
      if (Object.values(left).every((count) => count === 0)) break
    }
    return found
  }
}

/** A response that is not read to its end. */
async function giveUp(handler) {
  const response = await handler.handleStream({ url: '/flood' })
  await response.next()
  response.destroy()
}

async function drain(response) {
  while ((await response.next()) !== null);
}

/** A WebSocket that is opened, answered and closed. */
async function talk(handler) {
  const request = new Request({ websocket: true, url: '/' })
  const socket = await handler.handleStream(request)
  await request.write('hello')
  assert.equal(await socket.nextMessage(), 'HELLO')
  await request.end()
  assert.equal(await socket.nextMessage(), null)
}

module.exports = { Handlers }
