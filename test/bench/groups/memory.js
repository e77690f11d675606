'use strict'

const { peakKibibytes, resetPeak, residentKibibytes } = require('../resident')

const COUNT = 10_000
const MANY = COUNT.toLocaleString('en')

/** Goes through a slow reader. */
const GIBIBYTE = 1 << 30
/** Transferred before, so that one-time memory is not counted. */
const FIRST = 32 << 20

/**
 * Lists the rows of memory: see rows.js. Each is measured in new processes every time: what grew once stays grown, and
 * would hide what the next round takes.
 */
async function start(rivals) {
  const uvicorn = await rivals.uvicorn('large_bodies:app')
  const inProcess = (thread) => () => rivals.client('waiting', [thread], ['--expose-gc'])
  const streams = (thread) => ({ startMeasured: () => rivals.client('in-process-streams', [thread]) })
  const listener = {
    startMeasured: () => rivals.node('listener', 'large_bodies:app', 'own'),
    startClient: () => rivals.client('raw-streams'),
  }
  const agent = { startMeasured: () => rivals.client('http'), url: uvicorn.url }
  const server = (...args) => ({ startServer: () => rivals.node(...args), startClient: () => rivals.client('socket') })
  return [
    waiting('own', 'in-process', inProcess('own')),
    waiting('node', "in-process, `thread: 'node'`", inProcess('node')),
    waiting('python', 'the same tasks in plain Python', () => rivals.python('waiting'), COUNT),
    ...slowly('own', 'in-process', streams('own')),
    ...slowly('node', "in-process, `thread: 'node'`", streams('node')),
    ...slowly('listener', '`listener`', listener),
    ...slowly('agent', '`http.Agent` → uvicorn', agent),
    idle('own', '`upgrade`', server('upgrade', 'own')),
    idle('node', "`upgrade`, `thread: 'node'`", server('upgrade', 'node')),
    idle('alone', '`ws` alone', server('ws')),
  ]
}

/** Requests that wait, in KiB each. */
function waiting(key, name, startClient, task = { count: COUNT }) {
  return fresh(`waiting-${key}`, `${MANY} requests that wait, each: ${name}`, 'KiB', async () => {
    const client = await startClient()
    const result = await client.call(task)
    await client.stop()
    return result
  })
}

/** How much the process that is measured grows, at most, by what goes through a slow reader either way. */
function slowly(key, name, { startMeasured, startClient, url }) {
  const row = (way, what) =>
    fresh(`slow-${way}-${key}`, `1 GiB ${what} a slow reader, most growth: ${name}`, 'MiB', async () => {
      const measured = await startMeasured()
      // In-process it reads and writes itself.
      const client = startClient === undefined ? measured : await startClient()
      const task = { way, url: url ?? measured.url, isSlow: true, milliseconds: 0 }
      await client.call({ ...task, bytes: FIRST })
      resetPeak(measured.pid)
      const before = residentKibibytes(measured.pid)
      await client.call({ ...task, bytes: GIBIBYTE })
      const value = (peakKibibytes(measured.pid) - before) / 1024
      await Promise.all([measured.stop(), client.stop()])
      return { value }
    })
  return [row('download', 'response to'), row('upload', 'upload to')]
}

/** WebSockets over which nothing is sent, in KiB each. */
function idle(key, name, { startServer, startClient }) {
  return fresh(`idle-${key}`, `${MANY} idle WebSockets, each: ${name}`, 'KiB', async () => {
    const [server, client] = [await startServer(), await startClient()]
    const port = Number(new URL(server.url).port)
    // One-time memory is not counted.
    await client.call({ port, sockets: 100, isIdle: true })
    const before = residentKibibytes(server.pid)
    await client.call({ port, sockets: COUNT, isIdle: true })
    const value = (residentKibibytes(server.pid) - before) / COUNT
    await Promise.all([server.stop(), client.stop()])
    return { value }
  })
}

function fresh(key, name, unit, load) {
  return { id: `memory/${key}`, name, unit, threads: {}, isFresh: true, load }
}

module.exports = { title: 'Memory', start }
