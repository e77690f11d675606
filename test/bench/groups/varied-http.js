'use strict'

const path = require('node:path')
const { mainThread, otherThreads, pythonThread, wholeProcess } = require('../cpu')
const { PYTHON_SERVERS } = require('../python-servers')
const { isAnswer } = require('../varied')
const { askWithWrk } = require('../wrk')

const APP = 'varied_answers'
const CONNECTIONS = [1, 64, 1000]
/** So many are open to these servers, each without a pause. */
const CROWD = 8000
const CROWDED = new Set(['serve', 'uvicorn', 'peregrine'])
const script = [path.join(__dirname, '..', 'varied.lua')]

/** Starts the servers that are asked for something else each time, and lists the rows: see rows.js. */
async function start(rivals) {
  const uvicorn = await rivals.uvicorn(`${APP}:app`)
  const serve = await rivals.serve(`${APP}:app`, ['--http', 'native'])
  const overNode = await rivals.serve(`${APP}:app`, ['--http', 'node'])
  const own = await rivals.node('listener', `${APP}:app`, 'own')
  const hosted = await rivals.node('listener', `${APP}:app`, 'node')
  const plain = await rivals.node('varied')
  const inNode = ({ pid }) => ({ node: mainThread(pid), python: pythonThread(pid) })
  const nativeThreads = { node: otherThreads(serve.pid), python: pythonThread(serve.pid) }
  const servers = [
    ['serve', '`python-node serve`', serve, nativeThreads],
    ['serve-node', '`python-node serve --http node`', overNode, inNode(overNode)],
    ['own', 'Node, `listener`', own, inNode(own)],
    ['node', "Node, `listener`, `thread: 'node'`", hosted, { node: mainThread(hosted.pid) }],
    ['plain', 'Node, the same answer without Python', plain, { node: mainThread(plain.pid) }],
    ['uvicorn', 'uvicorn', uvicorn, { python: mainThread(uvicorn.pid) }],
  ]
  for (const [name, { module, command }] of Object.entries(PYTHON_SERVERS)) {
    if (!rivals.has(module)) continue
    const server = await rivals.command(name, (port) => command(APP, port))
    servers.push([name, name, server, { python: wholeProcess(server.pid) }])
  }
  for (const [, , server] of servers) await rivals.expect(server, '/items/1', isAnswer)
  const crowded = servers.filter(([key]) => CROWDED.has(key))
  return [
    ...CONNECTIONS.flatMap((connections) => servers.flatMap((server) => rowsOf(server, connections))),
    ...crowded.flatMap(crowdOf),
  ]
}

/** Rows with so many connections that a server may fail: they show the number of failures. */
function crowdOf([key, name, { url }, threads]) {
  const ask = (seconds) => askWithWrk(url, { connections: CROWD, seconds, script, countsFailures: true })
  const row = (prefix, values) => ({
    id: `varied-http/${prefix}${key}/${CROWD}`,
    base: `varied-http/${prefix}uvicorn/${CROWD}`,
    inFlight: CROWD,
    threads,
    ...values,
  })
  const failures = async (seconds) => {
    const { failures: value, ...counts } = await ask(seconds)
    return { ...counts, value }
  }
  return [
    row('', { name: `wrk → ${name}`, unit: 'req/s', load: ask }),
    row('failed-', { name: `wrk → ${name}, failures`, unit: '', load: failures, base: undefined }),
  ]
}

function rowsOf([key, name, { url }, threads], connections) {
  const load = (seconds) => askWithWrk(url, { connections, seconds, script })
  const row = (prefix, values) => ({
    id: `varied-http/${prefix}${key}/${connections}`,
    base: `varied-http/${prefix}uvicorn/${connections}`,
    inFlight: connections,
    threads,
    load,
    ...values,
  })
  const rate = row('', { name: `wrk → ${name}`, unit: 'req/s' })
  if (connections < 1000) return [rate]
  return [rate, row('p99-', { name: `wrk → ${name}, p99`, unit: 'ms' })]
}

module.exports = { title: 'HTTP under wrk, varied: each request and each answer differs from the others', start }
