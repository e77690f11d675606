'use strict'

const fs = require('node:fs')
const { mainThread, pythonThread } = require('./cpu')
const { startClient, startNode, startUvicorn } = require('./rivals')

const SOCKETS = [1, 64]
const IDLE = 10_000

/** Websockets' own protocol without its I/O is the fastest that uvicorn has; compression is off, as it is by default here. */
const UVICORN = ['--ws', 'websockets-sansio', '--ws-per-message-deflate', 'false']

/**
 * Starts what the rows of WebSockets need, each in a process of its own, and lists them: see rows.js.
 *
 * @param {Array<{ stop: () => void }>} processes gets what was started
 * @returns {Promise<object[]>}
 */
async function startSocketRows(processes) {
  const started = async (starting) => {
    const one = await starting
    processes.push(one)
    return one
  }
  const client = await started(startClient('socket-client'))
  const inProcess = await started(startClient('in-process-socket'))
  const uvicorn = await started(startUvicorn('ws_echo:app', UVICORN))
  const ours = await started(startNode('upgrade'))
  const alone = await started(startNode('ws'))
  const threads = (pid) => ({ node: mainThread(pid), python: pythonThread(pid) })
  return [
    ...echoes('WebSocket echo, in-process', inProcess, {}, threads(inProcess.pid)),
    ...echoes('WebSocket echo, `upgrade`', client, ours, threads(ours.pid)),
    ...echoes('WebSocket echo, uvicorn', client, uvicorn, { python: mainThread(uvicorn.pid) }, true),
    ...echoes('WebSocket echo in Node, `ws` alone', client, alone, { node: mainThread(alone.pid) }),
  ]
}

function echoes(name, client, { url }, threads, isBase = false) {
  const port = url === undefined ? undefined : Number(new URL(url).port)
  return SOCKETS.map((sockets) => ({
    name,
    group: 'websocket',
    isBase,
    inFlight: sockets,
    threads,
    load: (seconds) => client.call({ port, sockets, milliseconds: seconds * 1000 }),
  }))
}

/**
 * Measures the memory of idle sockets.
 *
 * @param {Array<{ stop: () => void }>} processes gets what was started
 * @returns {Promise<Array<{ name: string, kibibytes: number }>>} per socket
 */
async function measureIdleSockets(processes) {
  const results = []
  for (const [kind, name] of [['ws', '`ws` alone'], ['upgrade', '`upgrade`']]) {
    const [server, client] = [await startNode(kind), await startClient('socket-client')]
    processes.push(server, client)
    const port = Number(new URL(server.url).port)
    // What the first ones need is not theirs.
    await client.call({ port, sockets: 100, isIdle: true })
    const before = residentKibibytes(server.pid)
    await client.call({ port, sockets: IDLE, isIdle: true })
    results.push({ name, kibibytes: (residentKibibytes(server.pid) - before) / IDLE })
    client.stop()
    server.stop()
  }
  return results
}

function residentKibibytes(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
}

module.exports = { IDLE, measureIdleSockets, startSocketRows }
