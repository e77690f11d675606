'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { PythonHandler } = require('../..')
const { docroot, settled } = require('./support')
const { until } = require('../support')

const ROUNDS = 30

const STATES = ['idle', 'request', 'stream', 'upload', 'socket', 'load', 'closed']

/** Starts a worker. Resolves when it is in its state, with the worker and what it knows about the process' Python. */
async function start(worker, state) {
  const thread = new Worker(path.join(__dirname, 'worker.js'), { workerData: { worker, state } })
  const exit = once(thread, 'exit')
  const [known] = await Promise.race([
    once(thread, 'message'),
    exit.then(([code]) => assert.fail(`${worker} has ended with ${code}`)),
  ])
  return { thread, exit, known }
}

/** Requests of the main thread, one after the other, each answered to it alone. */
class MainLoad {
  count = 0
  #isOver = false

  constructor(handler) {
    this.handler = handler
    this.end = this.#run()
  }

  async #run() {
    const headers = { worker: 'main' }
    while (!this.#isOver) {
      const response = await this.handler.handleRequest({ url: `/task/${this.count}`, headers })
      assert.equal(response.headers.get('worker'), 'main')
      assert.equal(response.body.toString(), `main ${this.count++}`)
    }
  }

  stop() {
    this.#isOver = true
    return this.end
  }
}

test(`${ROUNDS} rounds of workers that end in every state: one runtime, and each is answered its own`, async (t) => {
  const handler = new PythonHandler('tells_worker:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const load = new MainLoad(handler)
  const ask = async () => JSON.parse((await handler.handleRequest({ url: '/known', headers: { worker: 'main' } })).body)
  const [identity, threads] = await ask()
  assert.equal(threads, 1)
  const names = ['main']
  for (let round = 0; round < ROUNDS; round++) {
    // Three at once, and over the rounds every three.
    const chosen = [0, 1, 2].map((number) => STATES[(round * (number + 1) + number) % STATES.length])
    const workers = await Promise.all(chosen.map((state, number) => start(`${round}-${number}-${state}`, state)))
    for (const [number, { known }] of workers.entries()) {
      names.push(`${round}-${number}-${chosen[number]}`)
      // The same module, in the one interpreter.
      assert.deepEqual(known.slice(0, 2), [identity, 1])
    }
    const before = load.count
    await Promise.all(workers.map(({ thread }, number) => chosen[number] === 'closed' || thread.terminate()))
    const codes = (await Promise.all(workers.map(({ exit }) => exit))).map(([code]) => code)
    assert.deepEqual(codes, chosen.map((state) => state === 'closed' ? 0 : 1))
    await until(() => load.count > before, 'the main thread is answered')
  }
  const [, , seen] = await ask()
  assert.deepEqual(seen, names.sort())
  await load.stop()
  await settled(handler)
})

test('workers that are terminated while they start leave the others alone', async (t) => {
  const handler = new PythonHandler('tells_worker:app', { docroot })
  t.after(() => handler.close({ timeout: 0 }))
  const load = new MainLoad(handler)
  for (let round = 0; round < ROUNDS; round++) {
    const workerData = { worker: `early-${round}`, state: 'load' }
    const thread = new Worker(path.join(__dirname, 'worker.js'), { workerData })
    await once(thread, 'online')
    for (let turns = 0; turns < round; turns++) await new Promise(setImmediate)
    await thread.terminate()
  }
  await load.stop()
  await settled(handler)
})
