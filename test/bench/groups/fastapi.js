'use strict'

const path = require('node:path')
const { mainThread, otherThreads, pythonThread, wholeProcess } = require('../cpu')
const { PYTHON_SERVERS } = require('../python-servers')
const { askWithWrk } = require('../wrk')

const CONNECTIONS = 64
const TARGET = '/orders'
const ORDER = '{"item":"tea","quantity":3,"unit_price":"4.50","note":null}'
const RECEIPT = '{"item":"tea","quantity":3,"total":"13.50"}'

const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: ORDER }
const script = [path.join(__dirname, '..', 'post.lua'), ORDER]

/** Starts the servers that take a JSON POST, and lists the rows: see rows.js. */
async function start(rivals) {
  const native = await rivals.serve('json_post:app', ['--http', 'native'])
  const uvicorn = await rivals.uvicorn('json_post:app')
  const own = await rivals.node('listener', 'json_post:app', 'own')
  const node = await rivals.node('listener', 'json_post:app', 'node')
  const proxy = await rivals.node('proxy', uvicorn.url)
  for (const server of [native, uvicorn, own, node, proxy]) await rivals.expect(server, TARGET, RECEIPT, post)

  const python = mainThread(uvicorn.pid)
  const others = []
  for (const [name, { module, command }] of Object.entries(PYTHON_SERVERS)) {
    if (!rivals.has(module)) continue
    const server = await rivals.command(name, (port) => command('json_post', port))
    await rivals.expect(server, TARGET, RECEIPT, post)
    others.push(row(name, name, server, { python: wholeProcess(server.pid) }))
  }
  return [
    row('native', '`python-node serve`', native, { node: otherThreads(native.pid), python: pythonThread(native.pid) }),
    row('own', 'Node, `listener`', own, { node: mainThread(own.pid), python: pythonThread(own.pid) }),
    row('node', "Node, `listener`, `thread: 'node'`", node, { node: mainThread(node.pid) }),
    row('proxy', 'Node, reverse proxy → uvicorn', proxy, { node: mainThread(proxy.pid), python }),
    row('uvicorn', 'uvicorn', uvicorn, { python }),
    ...others,
  ]
}

function row(key, name, server, threads) {
  return {
    id: `fastapi/${key}`,
    base: 'fastapi/proxy',
    name: `wrk → ${name}`,
    inFlight: CONNECTIONS,
    unit: 'req/s',
    threads,
    load: (seconds) => askWithWrk(server.url + TARGET, { connections: CONNECTIONS, seconds, script }),
  }
}

module.exports = { title: 'FastAPI under wrk: a JSON POST, checked against a model', start }
