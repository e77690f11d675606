'use strict'

const { mainThread, otherThreads, pythonThread } = require('../cpu')

const DOWNLOAD = { way: 'download', bytes: 4 << 20 }
const UPLOAD = { way: 'upload', bytes: 64 << 20 }
const WHOLE = { way: 'whole', bytes: UPLOAD.bytes }

/** Starts what moves large bodies, and lists the rows: see rows.js. */
async function start(rivals) {
  const uvicorn = await rivals.uvicorn('large_bodies:app')
  const native = await rivals.serve('large_bodies:app', ['--http', 'native'])
  const own = await rivals.client('in-process-streams', ['own'])
  const node = await rivals.client('in-process-streams', ['node'])
  const agent = await rivals.client('http')
  const raw = await rivals.client('raw-streams')
  const ownListener = await rivals.node('listener', 'large_bodies:app', 'own')
  const nodeListener = await rivals.node('listener', 'large_bodies:app', 'node')

  const main = ({ pid }) => ({ node: mainThread(pid) })
  const both = ({ pid }) => ({ node: mainThread(pid), python: pythonThread(pid) })
  const python = mainThread(uvicorn.pid)
  const nativeThreads = { node: otherThreads(native.pid), python: pythonThread(native.pid) }

  /** The rows of one direction. In-process and on the wire there is another base. */
  const rows = (key, what, task) => {
    const make = (who, base, name, threads, client, server) =>
      row(`${key}-${who}`, `${key}-${base}`, `${what}, ${name}`, threads, task, client, server)
    return [
      make('own', 'agent', 'in-process', both(own), own),
      make('node', 'agent', "in-process, `thread: 'node'`", main(node), node),
      make('agent', 'agent', '`http.Agent` → uvicorn', { ...main(agent), python }, agent, uvicorn),
      make('native', 'uvicorn', 'socket → `python-node serve`', nativeThreads, raw, native),
      make('own-listener', 'uvicorn', 'socket → `listener`', both(ownListener), raw, ownListener),
      make('node-listener', 'uvicorn', "socket → `listener`, `thread: 'node'`", main(nodeListener), raw, nodeListener),
      make('uvicorn', 'uvicorn', 'socket → uvicorn', { python }, raw, uvicorn),
    ]
  }
  const whole = (who, name, threads, client) =>
    row(`upload-${who}-whole`, 'upload-agent', `64 MiB upload, ${name}, in one piece`, threads, WHOLE, client)
  return [
    ...rows('download', '4 MiB response', DOWNLOAD),
    ...rows('upload', '64 MiB upload', UPLOAD),
    whole('own', 'in-process', both(own), own),
    whole('node', "in-process, `thread: 'node'`", main(node), node),
  ]
}

function row(key, base, name, threads, task, client, server) {
  return {
    id: `streams/${key}`,
    base: `streams/${base}`,
    name,
    inFlight: 1,
    unit: 'GiB/s',
    threads,
    load: (seconds) => client.call({ ...task, url: server?.url, milliseconds: seconds * 1000 }),
  }
}

module.exports = { title: 'Large bodies in chunks of 64 KiB, one after the other; CPU time of each MiB', start }
