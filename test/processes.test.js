'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { docroot, openApp } = require('./support')

const fixture = (name) => path.join(__dirname, 'fixtures', name)

const textOf = async (handler, url) => (await handler.handleRequest({ url })).body.toString()

/** A worker thread with requests under way. */
async function startWorker(key) {
  const worker = new Worker(fixture('leave-requests-open.js'), { workerData: { docroot, key } })
  const [chunk] = await once(worker, 'message')
  assert.equal(chunk, 'first')
  return worker
}

test('a handler in a worker thread answers, beside one in the main thread', async (t) => {
  const handler = openApp(t, 'hello')
  const workerData = { target: 'hello:app', docroot, urls: ['/', '/'] }
  const workers = [1, 2, 3].map(() => new Worker(fixture('ask-in-worker.js'), { workerData }))
  const exits = workers.map((worker) => once(worker, 'exit'))
  for (const [answers] of await Promise.all(workers.map((worker) => once(worker, 'message')))) {
    assert.deepEqual(answers, ['Hello, World!', 'Hello, World!'])
    assert.equal(await textOf(handler, '/'), 'Hello, World!')
  }
  for (const [code] of await Promise.all(exits)) assert.equal(code, 0)
  assert.equal(await textOf(handler, '/'), 'Hello, World!')
})

test('a worker that is terminated while its requests are open is a disconnect for the app', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  for (let round = 0; round < 3; round++) {
    const key = `worker-${round}`
    const worker = await startWorker(key)
    const mine = await handler.handleStream({ url: `/stream/main-${round}` })
    await worker.terminate()
    for (const each of [key, `${key}-upload`, `${key}-wait`]) {
      assert.equal(await textOf(handler, `/seen/${each}`), 'http.disconnect')
    }
    // The main thread's own requests have not been touched.
    assert.equal((await mine.next()).toString(), 'first')
    mine.destroy()
    assert.equal(await textOf(handler, `/seen/main-${round}`), 'http.disconnect')
  }
})

test('workers that are terminated all at once leave the main thread answering', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const workers = await Promise.all([1, 2, 3, 4].map((number) => startWorker(`many-${number}`)))
  await Promise.all(workers.map((worker) => worker.terminate()))
  for (const number of [1, 2, 3, 4]) {
    assert.equal(await textOf(handler, `/seen/many-${number}`), 'http.disconnect')
  }
  assert.equal(handler.stats().inFlight, 0)
})

const WAYS = [
  ['idle', 0, ''],
  ['answered', 0, '200\n'],
  ['in flight', 0, '200\n'],
  ['lifespan', 0, '200\n'],
  ['closed', 0, 'closed\n'],
  ['background', 0, '200\ndone\n'],
  ['exit', 7, ''],
  ['exit while Python computes', 8, ''],
  ['exit in an upload', 9, ''],
]

/** Where Python computes on the JavaScript thread, that one cannot end the process. */
const blocked = process.env.PYTHON_NODE_THREAD === 'node' ? ['exit while Python computes'] : []

for (const [way, code, output] of WAYS) {
  test(`the process ends by itself, in good order: ${way}`, { skip: blocked.includes(way) }, () => {
    // On a busy machine an end may take the second after which a blocked loop is said.
    const env = { ...process.env, PYTHON_NODE_WATCH: '0' }
    const options = { encoding: 'utf8', timeout: 30000, env }
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [fixture('exit.js'), way], options)
    assert.deepEqual({ status, signal, stdout, stderr }, { status: code, signal: null, stdout: output, stderr: '' })
  })
}

test('an uncaught exception ends the process as it does without Python', () => {
  const options = { encoding: 'utf8', timeout: 30000 }
  const { status, signal, stderr } = spawnSync(process.execPath, [fixture('exit.js'), 'uncaught exception'], options)
  assert.equal(signal, null)
  assert.equal(status, 1)
  assert.match(stderr, /Error: uncaught/)
})
