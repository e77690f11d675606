'use strict'

const { otherThreads, pythonThread } = require('../cpu')
const { residentKibibytes } = require('../resident')
const { askWithWrk } = require('../wrk')

const CONNECTIONS = 64
const IDLE = 10_000
const script = [require.resolve('../varied.lua')]

/** Starts servers whose threads are blocked at times, and lists the rows: see rows.js. */
async function start(rivals) {
  const free = await rivals.node('native', 'varied_answers:app', 'free')
  const blocked = await rivals.node('native', 'varied_answers:app', 'blocked')
  const waiting = await rivals.node('native', 'blocks_loop:app', 'free')
  const health = await rivals.client('health')
  const quiet = await rivals.serve('varied_answers:app', ['--http', 'native'])
  const logging = await rivals.serve('varied_answers:app', ['--http', 'native', '--access-log'])
  return [
    rate('free', 'free', 'the server of `createServer`', free),
    rate('blocked', 'free', 'the same, JavaScript blocked for 50 of every 100 ms', blocked),
    rate('quiet', 'quiet', '`python-node serve` without an access log', quiet),
    rate('logging', 'quiet', '`python-node serve` with an access log', logging),
    {
      id: 'steadiness/health',
      name: 'the health path on new connections while Python computes, p99',
      unit: 'ms',
      threads: {},
      load: (seconds) => health.call({ url: waiting.url, milliseconds: seconds * 1000 }),
    },
    idle(rivals, 'native', '`createServer`', () => rivals.node('native', 'varied_answers:app', 'free')),
    idle(rivals, 'uvicorn', 'uvicorn', () => rivals.uvicorn('varied_answers:app')),
  ]
}

function rate(key, base, name, { pid, url }) {
  return {
    id: `steadiness/${key}`,
    base: `steadiness/${base}`,
    name: `wrk → ${name}`,
    inFlight: CONNECTIONS,
    unit: 'req/s',
    threads: { node: otherThreads(pid), python: pythonThread(pid) },
    load: (seconds) => askWithWrk(url, { connections: CONNECTIONS, seconds, script }),
  }
}

/** Connections that were answered once and then stay open, in KiB each. Each time it is a new process. */
function idle(rivals, key, name, startServer) {
  return {
    id: `steadiness/idle-${key}`,
    base: 'steadiness/idle-uvicorn',
    name: `${IDLE.toLocaleString('en')} idle connections, each: ${name}`,
    unit: 'KiB',
    threads: {},
    isFresh: true,
    async load() {
      const [server, client] = [await startServer(), await rivals.client('idle-connections')]
      const port = Number(new URL(server.url).port)
      // One-time memory is not part of the cost of one more.
      await client.call({ port, connections: 100 })
      const before = residentKibibytes(server.pid)
      await client.call({ port, connections: IDLE })
      const value = (residentKibibytes(server.pid) - before) / IDLE
      await Promise.all([server.stop(), client.stop()])
      return { value }
    },
  }
}

module.exports = { title: 'The native server while something holds it up', start }
