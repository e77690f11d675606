'use strict'

const path = require('node:path')
const { mainThread, pythonThread } = require('../cpu')
const { askWithWrk } = require('../wrk')

const CONNECTIONS = 64
const TARGET = '/orders'
const ORDER = '{"item":"tea","quantity":3,"unit_price":"4.50","note":null}'
const RECEIPT = '{"item":"tea","quantity":3,"total":"13.50"}'

const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: ORDER }
const script = [path.join(__dirname, '..', 'post.lua'), ORDER]

/** Starts the servers that take a JSON POST, and lists the rows: see rows.js. */
async function start(rivals) {
  const uvicorn = await rivals.uvicorn('json_post:app')
  const own = await rivals.node('listener', 'json_post:app', 'own')
  const node = await rivals.node('listener', 'json_post:app', 'node')
  const proxy = await rivals.node('proxy', uvicorn.url)
  for (const server of [uvicorn, own, node, proxy]) await rivals.expect(server, TARGET, RECEIPT, post)

  const python = mainThread(uvicorn.pid)
  return [
    row('own', 'Node, `listener`', own, { node: mainThread(own.pid), python: pythonThread(own.pid) }),
    row('node', "Node, `listener`, `thread: 'node'`", node, { node: mainThread(node.pid) }),
    row('proxy', 'Node, reverse proxy → uvicorn', proxy, { node: mainThread(proxy.pid), python }),
    row('uvicorn', 'uvicorn', uvicorn, { python }),
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
