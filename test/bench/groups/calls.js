'use strict'

const { mainThread, pythonThread } = require('../cpu')

const IN_FLIGHT = [1, 8, 64, 512]

/** Starts what calls a hello app in the ways there are in Node, and lists the rows: see rows.js. */
async function start(rivals) {
  const own = await rivals.client('in-process', ['hello:app', 'own'])
  const node = await rivals.client('in-process', ['hello:app', 'node'])
  const uvicorn = await rivals.uvicorn('hello:app')
  const agent = await rivals.client('http')
  const fetch = await rivals.client('http')
  const starletteOwn = await rivals.client('in-process', ['starlette_hello:app', 'own'])
  const starletteNode = await rivals.client('in-process', ['starlette_hello:app', 'node'])
  const starlette = await rivals.uvicorn('starlette_hello:app')

  const over = (client, server) => ({ node: mainThread(client.pid), python: mainThread(server.pid) })
  const both = (client) => ({ node: mainThread(client.pid), python: pythonThread(client.pid) })
  const one = (client) => ({ node: mainThread(client.pid) })
  const hello = `${uvicorn.url}/hello`
  const name = 'in-process `handleRequest`'
  return [
    ...calls('own', name, own, both(own), {}),
    row('node-turns', `${name}, \`thread: 'node'\`, each in its own turn`, node, one(node), { ownTurns: true }, 1),
    ...calls('node', `${name}, \`thread: 'node'\``, node, one(node), {}),
    ...calls('agent', '`http.Agent` keep-alive → uvicorn', agent, over(agent, uvicorn), { way: 'agent', url: hello }),
    ...calls('fetch', '`fetch` → uvicorn', fetch, over(fetch, uvicorn), { way: 'fetch', url: hello }),
    ...callStarlette('own', 'in-process', starletteOwn, both(starletteOwn), {}),
    ...callStarlette('node', "in-process, `thread: 'node'`", starletteNode, one(starletteNode), {}),
    ...callStarlette('agent', '`http.Agent` keep-alive → uvicorn', agent, over(agent, starlette), {
      way: 'agent',
      url: `${starlette.url}/hello`,
    }),
  ]
}

/** Rows of calls that a client makes, one for each number in flight. */
function calls(key, name, client, threads, task) {
  return IN_FLIGHT.map((inFlight) => row(key, name, client, threads, task, inFlight))
}

function callStarlette(key, name, client, threads, task) {
  const base = 'starlette-agent'
  return [1, 64].map((inFlight) => row(`starlette-${key}`, `Starlette, ${name}`, client, threads, task, inFlight, base))
}

function row(key, name, client, threads, task, inFlight, base = 'agent') {
  return {
    id: `calls/${key}/${inFlight}`,
    base: `calls/${base}/${inFlight}`,
    name,
    inFlight,
    unit: 'req/s',
    threads,
    load: (seconds) => client.call({ ...task, inFlight, milliseconds: seconds * 1000 }),
  }
}

module.exports = { title: 'Calls from JavaScript: hello, eight headers, an answer of 13 bytes', start }
