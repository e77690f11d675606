'use strict'

const { mainThread, pythonThread } = require('../cpu')

const SOCKETS = [1, 64]

/** The package websockets without its own I/O is the fastest that uvicorn has. Compression is off, as it is here. */
const UVICORN = ['--ws', 'websockets-sansio', '--ws-per-message-deflate', 'false']

/** Starts what echoes over WebSockets, and lists the rows: see rows.js. */
async function start(rivals) {
  const ownInProcess = await rivals.client('in-process-socket', ['own'])
  const nodeInProcess = await rivals.client('in-process-socket', ['node'])
  const client = await rivals.client('socket')
  const own = await rivals.node('upgrade', 'own')
  const node = await rivals.node('upgrade', 'node')
  const uvicorn = await rivals.uvicorn('ws_echo:app', UVICORN)
  const alone = await rivals.node('ws')

  const both = ({ pid }) => ({ node: mainThread(pid), python: pythonThread(pid) })
  const one = ({ pid }) => ({ node: mainThread(pid) })
  return [
    ...echoes('in-process', 'in-process', ownInProcess, {}, both(ownInProcess)),
    ...echoes('in-process-node', "in-process, `thread: 'node'`", nodeInProcess, {}, one(nodeInProcess)),
    ...echoes('own', '`upgrade`', client, own, both(own)),
    ...echoes('node', "`upgrade`, `thread: 'node'`", client, node, one(node)),
    ...echoes('uvicorn', 'uvicorn', client, uvicorn, { python: mainThread(uvicorn.pid) }),
    ...echoes('alone', 'in JavaScript, `ws` alone', client, alone, one(alone)),
  ]
}

/** Rows of a client that echoes, one for each number of sockets. */
function echoes(key, name, client, { url }, threads) {
  const port = url === undefined ? undefined : Number(new URL(url).port)
  return SOCKETS.map((sockets) => ({
    id: `websocket/${key}/${sockets}`,
    base: `websocket/uvicorn/${sockets}`,
    name: `WebSocket echo, ${name}`,
    inFlight: sockets,
    unit: 'msg/s',
    threads,
    load: (seconds) => client.call({ port, sockets, milliseconds: seconds * 1000 }),
  }))
}

module.exports = { title: 'WebSocket: messages of 128 bytes, each sent when the last has come back', start }
