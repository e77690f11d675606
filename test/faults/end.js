'use strict'

// Ends in the way that the first argument says, with requests under way; says 'ready' when they are.

const { PythonHandler } = require('../..')
const { docroot } = require('./support')

/** Error codes of requests that were in flight at the end. */
const CUT = new Set(['ERR_ASGI_CLOSED', 'ERR_ASGI_DISCONNECTED'])

/** Requests that follow each other, a response that is read, and a request that is never answered. */
class Load {
  #isOver = false

  constructor(handler) {
    this.handler = handler
  }

  /** Begins; resolves when everything is under way. */
  async begin() {
    this.all = [...Array.from({ length: 16 }, () => this.#work()), this.#read(), this.#wait()]
    for (const one of this.all) one.catch(forgive)
    for (let round = 0; round < 3; round++) await this.handler.handleRequest({ url: '/work' })
  }

  /** Sends no request any more and leaves the others. */
  end() {
    this.#isOver = true
    this.controller.abort()
  }

  async #work() {
    while (!this.#isOver) await this.handler.handleRequest({ url: '/work' })
  }

  async #read() {
    const response = await this.handler.handleStream({ url: '/stream' })
    while (!this.#isOver) await response.next()
    response.destroy()
  }

  async #wait() {
    this.controller = new AbortController()
    await this.handler.handleRequest({ url: '/wait' }, this.controller.signal)
  }
}

function forgive(error) {
  if (!CUT.has(error.code) && error.name !== 'AbortError') throw error
}

/** The ways to end. Each prepares, and returns the action that ends the process unless the parent ends it. */
const ways = {
  exit: () => () => process.exit(7),

  'exit in a callback': (handler) => () => handler.handleRequest({ url: '/work' }).then(() => process.exit(8)),

  'exit when idle': (_, load) => () => {
    load.end()
    setImmediate(() => process.exit(9))
  },

  'uncaught exception': () => () =>
    setImmediate(() => {
      throw new Error('uncaught')
    }),

  'unhandled rejection': () => () => void Promise.reject(new Error('unhandled')),

  /** The parent sends it. */
  SIGTERM: () => undefined,
  SIGINT: () => undefined,

  'SIGTERM heard': (handler) => void process.once('SIGTERM', () => handler.close({ timeout: 50 })),

  natural: (_, load) => () => load.end(),

  'close and exit': (handler) => async () => {
    await handler.close({ timeout: 50 })
    process.exit(3)
  },

  'close during the load': (handler) => () => handler.close({ timeout: 50 }),

  'stdin closed': (handler) => void process.stdin.on('end', () => handler.close({ timeout: 50 })).resume(),

  'parent gone': (handler) => void process.once('disconnect', () => handler.close({ timeout: 50 })),
}

async function main(way) {
  const handler = new PythonHandler('ends_in_time:app', { docroot })
  const load = new Load(handler)
  await load.begin()
  const act = ways[way](handler, load)
  // The consequences of the way are printed after this line.
  console.log('ready')
  await act?.()
}

main(process.argv[2])
