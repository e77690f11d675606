'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const { once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')
const { Request } = require('../..')
const { json } = require('../conformance/support')
const { probes } = require('./probes')
const { open } = require('./support')

for (const [title, app, probe, expected] of probes) {
  test(title, async (t) => {
    assert.deepEqual(await json(open(t, app), `/${probe}`), expected)
  })
}

test('several probes at once do not disturb each other', async (t) => {
  const together = probes.filter(([, app, probe]) => app !== 'starts_children' && probe !== 'threadsafe_many')
  const answers = await Promise.all(together.map(([, app, probe]) => json(open(t, app), `/${probe}`)))
  assert.deepEqual(answers, together.map(([, , , expected]) => expected))
})

test("a server of the application's own answers a client in Node", async (t) => {
  const handler = open(t, 'opens_sockets')
  const socket = net.connect(await json(handler, '/listen'), '127.0.0.1')
  t.after(() => socket.destroy())
  const sent = Buffer.alloc(1000000, 'python-node')
  socket.end(sent)
  const chunks = []
  for await (const chunk of socket) chunks.push(chunk)
  assert.ok(Buffer.concat(chunks).equals(sent))
  await json(handler, '/hang_up')
})

test('child processes of Node and of Python end each in its own place', async (t) => {
  const handler = open(t, 'starts_children')
  const run = promisify(execFile)
  const exit = (code) => run(process.execPath, ['-e', `process.exit(${code})`]).catch((error) => error.code)
  const [python, node] = await Promise.all([
    Promise.all(['output', 'many', 'shell'].map((probe) => json(handler, `/${probe}`))),
    Promise.all([1, 2, 3].map(exit)),
  ])
  assert.deepEqual(python, [[3, 'TEXT', 'said'], [0, 1, 2, 3, 4, 5], [5, 'out\n']])
  assert.deepEqual(node, [1, 2, 3])
})

test('a signal that Python handled is delivered to Node if Node adds its listener later', async (t) => {
  const handler = open(t, 'starts_children')
  assert.deepEqual(await json(handler, '/signals'), [true, false])
  // A listener for a signal does not keep Node alive.
  const alive = setInterval(() => undefined, 60000)
  t.after(() => clearInterval(alive))
  const heard = once(process, 'SIGUSR2')
  process.kill(process.pid, 'SIGUSR2')
  assert.equal((await heard)[0], 'SIGUSR2')
})

test('a signal that Node listened to before Python is delivered to Node again', async () => {
  const file = path.join(__dirname, '..', 'fixtures', 'hear-signals.js')
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30000 })
  assert.equal(stdout, 'Node has heard it\n[true, false]\nNode has heard it\n')
})

test('requests in flight see neither the context variables of each other nor those of the lifespan', async (t) => {
  const handler = open(t, 'asyncio_tools')
  const expected = { before: 'unset', after: 'set by a request', task: 'set by a request' }
  const waits = new Request({ method: 'POST', url: '/suspended_context' })
  const waiting = handler.handleStream(waits)
  const answers = await Promise.all([1, 2, 3, 4].map(() => json(handler, '/context')))
  for (const answer of answers) assert.deepEqual(answer, expected)
  assert.deepEqual(JSON.parse(handler.handleRequestSync({ url: '/context' }).body), expected)
  await waits.end()
  const chunks = []
  for await (const chunk of await waiting) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), '"set by the one that waits"')
})

test('receive() is awaited, shielded, limited in time, gathered and made a task', async (t) => {
  const handler = open(t, 'asyncio_tools')
  const chunks = ['one', 'two', 'three', 'four', 'five', 'six', 'seven']
  const request = new Request({ method: 'POST', url: '/awaitables' })
  const response = handler.handleRequest(request)
  for (const chunk of chunks) {
    await request.write(chunk)
    await json(handler, '/context')
  }
  await request.end()
  assert.deepEqual(JSON.parse((await response).body), chunks)
})

test('anyio finds asyncio', async (t) => {
  const answer = await json(open(t, 'asyncio_tools'), '/anyio')
  assert.deepEqual(answer, { results: [0, 1, 2], cancelled: true, in_thread: false })
})
