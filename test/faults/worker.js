'use strict'

// Run as a worker thread: asks tells_worker, checks that every answer is its own, and may keep requests open.

const assert = require('node:assert/strict')
const { parentPort, workerData } = require('node:worker_threads')
const { PythonHandler, Request } = require('../..')
const { docroot } = require('./support')

const { worker, state } = workerData
const headers = { worker }

/** Sends that many requests at once; every answer must be this worker's and that of its request. */
async function work(handler, count) {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const responses = await Promise.all(numbers.map((n) => handler.handleRequest({ url: `/task/${n}`, headers })))
  for (const [n, response] of responses.entries()) {
    assert.equal(response.headers.get('worker'), worker)
    assert.equal(response.body.toString(), `${worker} ${n}`)
  }
}

/** Activities of a worker that is terminated; each resolves when it has begun. */
const states = {
  /** Waits for a message that never comes. */
  idle: () => void parentPort.on('message', () => undefined),

  async request(handler) {
    handler.handleRequest({ url: '/wait', headers })
    await handler.handleRequest({ url: '/task/0', headers })
  },

  async stream(handler) {
    const response = await handler.handleStream({ url: '/stream', headers })
    const read = async () => {
      for await (const chunk of response) assert.equal(chunk.toString().replaceAll(worker, ''), '')
    }
    await response.next()
    read()
  },

  async upload(handler) {
    const request = new Request({ method: 'POST', url: '/upload', headers })
    const response = await handler.handleStream(request)
    assert.equal((await response.next()).toString(), worker)
    await request.write(Buffer.alloc(100000))
    assert.ok((await response.next()).toString().startsWith(worker))
    const write = async () => {
      for (;;) {
        await request.write(Buffer.alloc(100000))
        // Read as well: a response without references is aborted.
        assert.ok((await response.next()).toString().startsWith(worker))
      }
    }
    write()
  },

  async socket(handler) {
    const request = new Request({ websocket: true, url: '/', headers })
    const socket = await handler.handleStream(request)
    assert.equal(await socket.nextMessage(), worker)
    await request.write('message')
    assert.equal(await socket.nextMessage(), `${worker} message`)
    const write = async () => {
      for (;;) {
        await request.write('more')
        assert.equal(await socket.nextMessage(), `${worker} more`)
      }
    }
    write()
  },

  /** Asks on and on. */
  load(handler) {
    const ask = async () => {
      for (;;) await work(handler, 16)
    }
    ask()
  },

  /** Ends by itself. */
  closed: (handler) => handler.close(),
}

async function main() {
  const handler = new PythonHandler('tells_worker:app', { docroot })
  await work(handler, 32)
  const known = JSON.parse((await handler.handleRequest({ url: '/known', headers })).body)
  await states[state](handler)
  parentPort.postMessage(known)
}

main()
