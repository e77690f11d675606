'use strict'

const path = require('node:path')
const { PythonHandler, Request } = require('../..')
const { core } = require('../../js/binding')
const { Random } = require('../fuzz/random')
const { collectGarbage, growthOf, memory } = require('./memory')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'apps')

/**
 * Very many requests of one handler, a tenth of them given up at random stages. Afterwards nothing may be alive on either
 * side, and the memory after the first tenth must be that at the end.
 */
class Requests {
  #total
  #concurrency
  #random
  #say
  #handler = new PythonHandler('soak:app', { docroot })
  #reasons = { answered: 0, failed: 0, 'gave up': 0 }
  #started = 0

  /**
   * @param {object} options
   * @param {number} options.requests how many.
   * @param {number} options.concurrency how many at once.
   * @param {number} options.seed of the random order of actions.
   * @param {(line: string) => void} say gets lines about the progress.
   */
  constructor({ requests, concurrency, seed }, say) {
    this.#total = requests
    this.#concurrency = concurrency
    this.#random = new Random('soak', seed)
    this.#say = say
  }

  /** Runs the requests. @returns {Promise<{ left: object, growth: number }>} objects that are left, and MiB of growth. */
  async run() {
    const tenths = []
    for (let tenth = 1; tenth <= 10; tenth++) {
      const limit = Math.round((this.#total * tenth) / 10)
      await Promise.all(Array.from({ length: this.#concurrency }, () => this.#work(limit)))
      this.#started = limit
      await this.#settled()
      tenths.push(memory())
      this.#say(`${limit} requests: ${tenths.at(-1).toFixed(1)} MiB, ${JSON.stringify(this.#reasons)}`)
    }
    const left = await this.#settled()
    await this.#handler.close()
    return { left, growth: growthOf(tenths) }
  }

  async #work(limit) {
    while (this.#started++ < limit) {
      if (this.#random.once(10)) {
        await this.#random.of(this.#givingUp)()
        this.#reasons['gave up']++
      } else {
        await this.#random.of(this.#ordinary)()
      }
    }
  }

  /** The behaviour of most requests. */
  #ordinary = [
    () => this.#answered('/hello'),
    () => this.#answered('/sleep'),
    () => this.#answered('/stream'),
    () => this.#answered('/echo', { method: 'POST', body: 'some text' }),
    async () => {
      const response = await this.#handler.handleStream({ url: '/watched' })
      while ((await response.next()) !== null);
      this.#reasons.answered++
    },
    async () => {
      await expect(this.#handler.handleRequest({ url: '/fails' }), 'ERR_ASGI_PYTHON')
      this.#reasons.failed++
    },
  ]

  /** The ways of giving up: each is given up at another stage. */
  #givingUp = [
    // Before it is handed over, before the start, at a random turn.
    async () => {
      const controller = new AbortController()
      const promise = this.#handler.handleRequest({ url: '/wait' }, controller.signal)
      abortAfter(controller, this.#random.below(4))
      await expect(promise, 'ABORT_ERR')
    },
    async () => {
      const controller = new AbortController()
      const promise = this.#handler.handleStream({ url: '/stream' }, controller.signal)
      abortAfter(controller, this.#random.below(4))
      await promise.then((response) => drain(response)).catch(ignoreAbort)
    },
    // With the response half read.
    async () => {
      const response = await this.#handler.handleStream({ url: '/flood' })
      await response.next()
      response.destroy()
    },
    async () => {
      const response = await this.#handler.handleStream({ url: '/stream' })
      for await (const chunk of response) {
        if (chunk.length > 0) break
      }
    },
    // With the request's body half written.
    async () => {
      const controller = new AbortController()
      const request = new Request({ method: 'POST', url: '/echo' })
      const response = await this.#handler.handleStream(request, controller.signal)
      await request.write('half of it')
      await response.next()
      controller.abort()
      await expect(response.next(), 'ABORT_ERR')
    },
    // Never read, never given up: collecting the garbage has to find it.
    async () => {
      await this.#handler.handleStream({ url: '/flood' })
    },
  ]

  async #answered(target, init) {
    const request = init ? new Request({ url: target, ...init }) : { url: target }
    const response = await this.#handler.handleRequest(request)
    if (response.status !== 200) throw new Error(`${target}: status ${response.status}`)
    this.#reasons.answered++
  }

  /** Waits until the garbage is found and every app has ended; what is left on Python's side, and on ours. */
  async #settled() {
    let left
    for (let round = 0; round < 200; round++) {
      collectGarbage()
      await new Promise(setImmediate)
      const { body } = await this.#handler.handleRequest({ url: '/report' })
      const { tasks, alive } = JSON.parse(body)
      left = { tasks, alive, slots: core.slots.live, inFlight: this.#handler.stats().inFlight }
      if (Object.values(left).every((count) => count === 0)) break
    }
    return left
  }
}

function abortAfter(controller, turns) {
  if (turns === 0) controller.abort()
  else setImmediate(abortAfter, controller, turns - 1)
}

async function drain(response) {
  while ((await response.next()) !== null);
}

async function expect(promise, code) {
  const error = await promise.then(() => null, (reason) => reason)
  if (error === null || (error.code !== code && error.name !== 'AbortError')) {
    throw new Error(`expected ${code}, got ${error?.stack ?? 'an answer'}`)
  }
}

function ignoreAbort(error) {
  if (error.name !== 'AbortError') throw error
}

module.exports = { Requests }
