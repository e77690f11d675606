'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { Request } = require('../..')
const { core } = require('../../python-node.node')
const { CLOSE, TEXT, serveApp } = require('./support')
const { until } = require('../support')

const SOCKETS = 1000

/** Numbers that look random and are the same in each run. */
function* numbers(seed) {
  for (let state = seed;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state
  }
}

/** The bytes and actions of a client before it disconnects. */
const STAGES = [
  async (raw) => once(raw.socket, 'connect'),
  async (raw) => raw.head(),
  async (raw) => {
    await raw.head()
    raw.send(TEXT, 'half', { isLast: false })
  },
  async (raw) => {
    await raw.head()
    raw.send(TEXT, 'whole')
    await raw.frame()
  },
  async (raw) => {
    await raw.head()
    for (let i = 0; i < 20; i++) raw.send(TEXT, 'x'.repeat(5000))
  },
  async (raw) => {
    await raw.head()
    raw.send(CLOSE, Buffer.from([3, 232]))
  },
  async (raw) => {
    await raw.head()
    raw.send(3, 'no opcode')
  },
]

const LEAVING = [
  (socket) => socket.destroy(),
  (socket) => socket.end(() => socket.destroy()),
  (socket) => (socket.resetAndDestroy === undefined ? socket.destroy() : socket.resetAndDestroy()),
]

test('a thousand sockets, dropped at any stage, leave nothing', async (t) => {
  const { ask, raw, server } = await serveApp(t, 'ws_drop')
  const random = numbers(1)
  const pick = (list) => list[random.next().value % list.length]
  let open = 0
  const done = (async () => {
    const lane = async () => {
      while (open < SOCKETS) {
        open++
        const path = pick(['/accept', '/wait', '/send', '/deny'])
        const stage = pick(path === '/accept' ? STAGES : path === '/wait' ? STAGES.slice(0, 1) : STAGES.slice(0, 3))
        const client = raw(path)
        await stage(client)
        const closed = client.socket.destroyed ? undefined : once(client.socket, 'close')
        pick(LEAVING)(client.socket)
        await closed
      }
    }
    await Promise.all(Array.from({ length: 50 }, lane))
  })()
  await done
  // The last ones are on their way through.
  await nothingLeft(ask)
  await until(async () => await connections(server) === 0, 'all connections are closed')
  assert.equal(core.slots.live, 0)
})

test('a thousand sockets in the process, given up at any stage, leave nothing', async (t) => {
  const { ask, handler } = await serveApp(t, 'ws_drop')
  const random = numbers(2)
  for (let i = 0; i < SOCKETS; i++) {
    const path = ['/accept', '/wait', '/send', '/deny'][random.next().value % 4]
    const request = new Request({ websocket: true, url: path })
    const controller = new AbortController()
    const opening = handler.handleStream(request, controller.signal)
    opening.catch(() => undefined)
    const way = random.next().value % 4
    if (way === 0 || path === '/wait') {
      controller.abort()
      continue
    }
    const response = await opening
    if (way === 1) response.destroy()
    else if (way === 2) request.end(4000)
    else {
      if (path === '/accept') await request.write('x')
      for await (const chunk of response) {
        assert.notEqual(chunk.length, 0)
        break
      }
    }
  }
  await nothingLeft(ask)
  assert.equal(core.slots.live, 0)
})

/** Waits until no socket, no exchange and no task is left. */
async function nothingLeft(ask) {
  await until(async () => {
    const { sockets, tasks } = await ask('/tasks')
    return sockets === 0 && core.slots.live === 0 && tasks.length === 0
  }, 'nothing is left')
}

function connections(server) {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}
