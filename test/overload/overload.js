'use strict'

const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { Client } = require('./client')

/** A server in a process of its own, a given number of clients, and the outcome of each kind of load. */
class Overload {
  #sizes
  #say
  #server
  #child = null
  #port = 0

  /**
   * @param {{ connections: number, clients: number, slow: number, seconds: number, limit: number }} sizes
   * @param {(line: string) => void} say
   * @param {'node' | 'native'} server of node:http, or of the handler.
   */
  constructor(sizes, say, server) {
    this.#sizes = sizes
    this.#say = say
    this.#server = server
  }

  /** All kinds, one after the other. @throws if a request was dropped wrongly, or an object is left. */
  async run() {
    const { connections, clients, slow, seconds, limit } = this.#sizes
    await this.#start({})
    try {
      const before = await this.#speed(Math.min(64, clients), seconds)
      this.#say(`speed before: ${before} answers/s`)
      await this.#keptAlive(connections)
      await this.#fullSpeed(clients, seconds)
      await this.#slowReaders(slow)
      await this.#slowUploads(slow)
      const after = await this.#speed(Math.min(64, clients), seconds)
      this.#say(`speed after: ${after} answers/s`)
      await this.#isIdle()
      await this.#stop()
      await this.#start({ maxConcurrency: limit })
      await this.#beyondLimit(clients, limit)
      await this.#isIdle()
      return { before, after }
    } finally {
      await this.#stop()
    }
  }

  async #start(options) {
    this.#child = fork(path.join(__dirname, 'server.js'), [JSON.stringify(options), this.#server])
    await once(this.#child, 'message')
    this.#port = (await this.#state()).port
  }

  async #stop() {
    if (this.#child === null) return
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    this.#child = null
    await ended
  }

  async #state() {
    const answer = once(this.#child, 'message')
    this.#child.send({ ask: true })
    return (await answer)[0]
  }

  /** Opens clients, some at a time: a listening socket has a queue. */
  async #clients(count) {
    const clients = []
    while (clients.length < count) {
      const some = Array.from({ length: Math.min(500, count - clients.length) }, () => new Client(this.#port))
      await Promise.all(some.map((client) => client.connected()))
      clients.push(...some)
    }
    return clients
  }

  async #keptAlive(count) {
    const clients = await this.#clients(count)
    for (let round = 0; round < 2; round++) {
      const statuses = await Promise.all(clients.map((client) => client.ask('/')))
      assert.ok(statuses.every((status) => status === 200), 'an answer is missing')
    }
    const { connections, memory } = await this.#state()
    assert.equal(connections, count)
    this.#say(`kept alive: ${count} connections, each answered twice; ${memory} MiB`)
    for (const client of clients) client.close()
  }

  async #fullSpeed(count, seconds) {
    const clients = await this.#clients(count)
    const answers = await ask(clients, seconds)
    const { memory } = await this.#state()
    this.#say(`full speed: ${count} clients, ${answers} answers in ${seconds} s, nothing dropped; ${memory} MiB`)
    for (const client of clients) client.close()
  }

  async #speed(count, seconds) {
    const clients = await this.#clients(count)
    const answers = await ask(clients, seconds)
    for (const client of clients) client.close()
    return Math.round(answers / seconds)
  }

  async #slowReaders(count) {
    const { memory: before } = await this.#state()
    const clients = await this.#clients(count)
    for (const client of clients) client.pause()
    const answers = clients.map((client) => client.ask('/much'))
    const state = await this.#atRest()
    assert.ok(state.inFlight > 0, 'no client was slow')
    // A fast one in addition.
    const [fast] = await this.#clients(1)
    assert.equal(await fast.ask('/'), 200)
    fast.close()
    for (const client of clients) client.resume()
    assert.ok((await Promise.all(answers)).every((status) => status === 200), 'an answer is missing')
    const { memory, inFlight } = state
    this.#say(`slow readers: ${count}, 8 MiB each; ${before} MiB before, ${memory} MiB while ${inFlight} held the app`)
    for (const client of clients) client.close()
  }

  async #slowUploads(count) {
    const clients = await this.#clients(count)
    const answers = clients.map((client) => client.ask('/upload', 1000))
    for (const client of clients) client.send('a')
    const { memory } = await this.#until(({ inFlight }) => inFlight === count)
    const [fast] = await this.#clients(1)
    assert.equal(await fast.ask('/'), 200)
    fast.close()
    for (const client of clients) client.send('a'.repeat(999))
    assert.ok((await Promise.all(answers)).every((status) => status === 200), 'an answer is missing')
    this.#say(`slow uploads: ${count}, all answered; ${memory} MiB while they waited`)
    for (const client of clients) client.close()
  }

  async #beyondLimit(count, limit) {
    const clients = await this.#clients(count)
    const statuses = await Promise.all(clients.map((client) => client.ask('/late')))
    const [served, refused] = [200, 503].map((wanted) => statuses.filter((status) => status === wanted).length)
    assert.equal(served + refused, count, 'neither an answer nor a refusal')
    assert.ok(served >= Math.min(limit, count), `only ${served} of ${limit} were served`)
    if (count > 2 * limit) assert.ok(refused > 0, 'nothing was refused')
    this.#say(`beyond the limit of ${limit}: ${count} at once, ${served} served, ${refused} refused with 503`)
    for (const client of clients) client.close()
  }

  async #isIdle() {
    const { memory } = await this.#until(({ inFlight, connections }) => inFlight === 0 && connections === 0)
    this.#say(`idle: nothing in flight, no connection; ${memory} MiB`)
  }

  /** Waits until nothing moves any more: what there is room for is sent, and the rest waits. */
  async #atRest() {
    let last = null
    let same = 0
    for (;;) {
      const state = await this.#until(() => true)
      same = last !== null && last.sent === state.sent && last.requests === state.requests ? same + 1 : 0
      if (same === 10) return state
      last = state
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async #until(condition) {
    for (;;) {
      const state = await this.#state()
      if (condition(state)) return state
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Each client asks again and again; gives the number of answers, all of which have to be good. */
async function ask(clients, seconds) {
  const end = performance.now() + 1000 * seconds
  let answers = 0
  await Promise.all(clients.map(async (client) => {
    do {
      assert.equal(await client.ask('/'), 200)
      answers++
    } while (performance.now() < end)
  }))
  return answers
}

module.exports = { Overload }
