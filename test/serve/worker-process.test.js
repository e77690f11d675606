'use strict'

// The order of the messages between a worker and its parent about when connections are accepted.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { settle } = require('../../js/serve/settings')
const { WorkerSlot } = require('../../js/serve/supervisor/worker-slot')
const { Sockets } = require('../../js/serve/supervisor/sockets')
const { WorkerMetrics } = require('../../js/serve/supervisor/worker-metrics')
const { WorkerProcess } = require('../../js/serve/supervisor/worker-process')
const { send, temporaryFolder, until } = require('../support')
const { apps } = require('./support')

const WAYS = ['node', 'native']

/** Settings of the command, and the socket of its one worker. */
async function open(t, target, way, given = {}) {
  const options = { 'app-dir': apps, 'http': way, 'port': '0', 'log-level': 'critical', ...given }
  const settings = settle(target, new Map(Object.entries(options).map(([name, value]) => [name, [value]])), {})
  const sockets = await Sockets.open(settings, 1)
  t.after(() => sockets.close())
  return { settings, sockets, port: sockets.address.port }
}

function start(t, { settings, sockets }) {
  const worker = new WorkerProcess(settings, sockets.of(1))
  t.after(() => worker.kill())
  worker.load()
  return worker
}

/** Asks twice, and waits for the answers without a turn of the event loop: what workers say meanwhile waits. */
function askBlocking(port) {
  const script = `
    const ask = () => fetch('http://127.0.0.1:${port}/', { headers: { connection: 'close' } })
    ask().then(ask)`
  assert.equal(spawnSync(process.execPath, ['-e', script]).status, 0)
}

/** Asks on a connection that waits for a worker. */
async function ask(t, port) {
  const createdSocket = net.connect(port, '127.0.0.1')
  t.after(() => createdSocket.destroy())
  await once(createdSocket, 'connect')
  const answer = send({ port, path: '/', agent: false, createConnection: () => createdSocket })
  answer.catch(() => {})
  return { answer }
}

const pidOf = ({ body }) => JSON.parse(body).pid

for (const way of WAYS) {
  test(`a worker that is killed before it listens has accepted nothing, ${way}`, async (t) => {
    const opened = await open(t, 'tells_its_process:app', way)
    const { answer } = await ask(t, opened.port)
    const killed = start(t, opened)
    await once(killed, 'ready')
    killed.kill()
    await killed.ended()
    const successor = start(t, opened)
    successor.on('ready', () => successor.listen())
    assert.equal(pidOf(await answer), successor.pid)
  })

  test(`a worker that is stopped before it listens shuts its app down and ends, ${way}`, async (t) => {
    const file = path.join(temporaryFolder(t), 'said')
    const opened = await open(t, 'writes_its_lifespan:app', way)
    process.env.LIFESPAN_FILE = file
    t.after(() => delete process.env.LIFESPAN_FILE)
    const { answer } = await ask(t, opened.port)
    const ending = start(t, opened)
    await once(ending, 'ready')
    ending.end({ grace: 60_000, idle: 60_000, slack: 0 })
    // It comes too late.
    ending.listen()
    await ending.ended()
    assert.equal(ending.ending, 'ended with exit code 0')
    assert.ok(!ending.isOverdue)
    assert.equal(fs.readFileSync(file, 'utf8'), 'startup\nshutdown\n')
    const successor = start(t, opened)
    successor.on('ready', () => successor.listen())
    assert.equal((await answer).body.toString(), 'answered')
  })

  test(`a worker that reaches its limit as soon as it listens is replaced, ${way}`, async (t) => {
    const opened = await open(t, 'tells_its_process:app', way, { 'limit-max-requests': '1' })
    const slot = new WorkerSlot(1, {
      ...opened,
      warn: assert.fail,
      failed: ({ message }) => assert.fail(message),
      served() {},
      changed() {},
      gather: async () => [],
      metrics: new WorkerMetrics(),
    })
    t.after(() => slot.kill())
    const workers = []
    const { listen } = WorkerProcess.prototype
    t.mock.method(WorkerProcess.prototype, 'listen', function () {
      listen.call(this)
      workers.push(this.pid)
      if (workers.length === 1) askBlocking(opened.port)
    })
    assert.ok(await slot.replace())
    const pidOfAnswer = async () => pidOf(await send({ port: opened.port, path: '/', agent: false }))
    await until(async () => await pidOfAnswer() !== workers[0], 'another worker answers')
  })
}
