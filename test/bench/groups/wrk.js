'use strict'

const { mainThread, pythonThread } = require('../cpu')
const { HELLO } = require('../flight')
const { askWithWrk } = require('../wrk')

const CONNECTIONS = [1, 64]

/** Starts the servers that answer hello to wrk, and lists the rows: see rows.js. */
async function start(rivals) {
  const uvicorn = await rivals.uvicorn('hello:app')
  const servers = {
    own: await rivals.node('listener', 'hello:app', 'own'),
    node: await rivals.node('listener', 'hello:app', 'node'),
    static: await rivals.node('static'),
    immediate: await rivals.node('static-immediate'),
    proxy: await rivals.node('proxy', uvicorn.url),
    uvicorn,
  }
  for (const server of Object.values(servers)) await rivals.expect(server, '/hello', HELLO)

  const main = (server) => ({ node: mainThread(server.pid) })
  const python = mainThread(uvicorn.pid)
  const names = {
    own: ['Node, `listener`', { ...main(servers.own), python: pythonThread(servers.own.pid) }],
    node: ["Node, `listener`, `thread: 'node'`", main(servers.node)],
    static: ['Node, static answer', main(servers.static)],
    immediate: ['Node, static answer in `setImmediate`', main(servers.immediate)],
    proxy: ['Node, reverse proxy → uvicorn', { ...main(servers.proxy), python }],
    uvicorn: ['uvicorn', { python }],
  }
  return CONNECTIONS.flatMap((connections) =>
    Object.entries(names).map(([key, [name, threads]]) => ({
      id: `wrk/${key}/${connections}`,
      base: `wrk/proxy/${connections}`,
      name: `wrk → ${name}`,
      inFlight: connections,
      unit: 'req/s',
      threads,
      load: (seconds) => askWithWrk(`${servers[key].url}/hello`, { connections, seconds }),
    }))
  )
}

module.exports = { title: 'HTTP under wrk: hello, eight headers, an answer of 13 bytes', start }
