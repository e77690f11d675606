'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { afterwards } = require('./afterwards')

/** What each client asks for, again and again; each client begins elsewhere. */
const REQUESTS = [
  { method: 'GET', path: '/work' },
  { method: 'POST', path: '/work', body: 'x'.repeat(1000) },
  { method: 'GET', path: '/stream' },
  { method: 'POST', path: '/work', body: 'y' },
]
/** The whole body of a stream. */
const CHUNKS = 5

let lastNumber = 0

/**
 * One request and its outcome.
 *
 * @typedef {{
 *   id: string,
 *   method: string,
 *   path: string,
 *   startedAt: number,
 *   status?: number,
 *   instance?: string,
 *   problem?: string,
 * }} Outcome `startedAt` in milliseconds of `performance.now()`; `status` as soon as the head of the response is there;
 *   `instance` when the whole response is; `problem` when that does not come, or is another than expected.
 */

/**
 * Sends a request and reads its response; never rejects.
 *
 * @param {number} port
 * @param {{ method: string, path: string, body?: string, agent?: http.Agent }} request
 * @returns {Promise<Outcome>}
 */
async function ask(port, { method, path, body, agent = false }) {
  const id = `request-${++lastNumber}`
  const outcome = { id, method, path, startedAt: performance.now() }
  try {
    const headers = { 'x-request-id': id, ...(body !== undefined && { 'content-length': body.length }) }
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent })
    request.end(body)
    const [response] = await once(request, 'response')
    outcome.status = response.statusCode
    const chunks = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    if (response.statusCode === 200) outcome.instance = instanceOf(path, text)
    else outcome.problem = `status ${response.statusCode}`
  } catch (error) {
    outcome.problem = error.code ?? error.message
  }
  return outcome
}

function instanceOf(path, text) {
  if (path !== '/stream') return JSON.parse(text).instance
  const lines = text.trimEnd().split('\n')
  if (lines.length !== CHUNKS) throw new Error(`${lines.length} of ${CHUNKS} chunks`)
  return lines[0]
}

/** Clients that ask one request after the other, each over one connection at a time. */
class Load {
  /** @type {Outcome[]} */
  outcomes = []
  #isOver = false
  #clients
  #waiting = new Set()

  /**
   * @param {object} t the test; the clients stop after it.
   * @param {number} port
   * @param {number} count how many clients.
   * @param {{ keepAlive?: boolean }} [options] default true; else each request has a connection of its own.
   */
  constructor(t, port, count, { keepAlive = true } = {}) {
    this.#clients = Array.from({ length: count }, (_, index) => this.#run(port, index, keepAlive))
    afterwards(t, 'clients', () => this.stop())
  }

  /** Those that failed, of all so far. */
  get failed() {
    return this.outcomes.filter(({ problem }) => problem !== undefined)
  }

  /**
   * Resolves when an instance has sent that many more successful responses.
   *
   * @param {string} instance what the application calls it, without the process.
   * @param {number} count
   */
  answered(instance, count) {
    return new Promise((resolve) => {
      let left = count
      const look = (outcome) => {
        if (outcome.instance?.split('/')[0] === instance && --left === 0) {
          this.#waiting.delete(look)
          resolve()
        }
      }
      this.#waiting.add(look)
    })
  }

  /** Lets each client end with the request that it has under way. */
  async stop() {
    this.#isOver = true
    await Promise.all(this.#clients)
  }

  async #run(port, index, keepAlive) {
    const agent = new http.Agent({ keepAlive, maxSockets: 1 })
    for (let number = index; !this.#isOver; number++) {
      const outcome = await ask(port, { ...REQUESTS[number % REQUESTS.length], agent })
      this.outcomes.push(outcome)
      for (const look of this.#waiting) look(outcome)
    }
    agent.destroy()
  }
}

module.exports = { Load, ask }
