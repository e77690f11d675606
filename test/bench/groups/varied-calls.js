'use strict'

const { mainThread, pythonThread } = require('../cpu')

/** Starts what calls an app with requests that all differ, in the ways there are in Node, and lists the rows: see rows.js. */
async function start(rivals) {
  const own = await rivals.client('in-process', ['varied_answers:app', 'own'])
  const node = await rivals.client('in-process', ['varied_answers:app', 'node'])
  const uvicorn = await rivals.uvicorn('varied_answers:app')
  const http = await rivals.client('http')

  const over = { node: mainThread(http.pid), python: mainThread(uvicorn.pid) }
  const both = { node: mainThread(own.pid), python: pythonThread(own.pid) }
  const one = { node: mainThread(node.pid) }
  const { url } = uvicorn
  const task = { isVaried: true }
  const name = 'in-process `handleRequest`'
  const list = [
    ['own', name, own, both, task, [1, 8, 64, 512]],
    ['request', `${name} of a \`new Request\``, own, both, { ...task, isRequest: true }, [64]],
    ['node', `${name}, \`thread: 'node'\``, node, one, task, [1, 64]],
    ['agent', '`http.Agent` keep-alive → uvicorn', http, over, { ...task, way: 'agent', url }, [1, 8, 64, 512]],
    ['fetch', '`fetch` → uvicorn', http, over, { ...task, way: 'fetch', url }, [1, 64]],
  ]
  return list.flatMap(([key, name, client, threads, task, numbers]) =>
    numbers.map((inFlight) => ({
      id: `varied-calls/${key}/${inFlight}`,
      base: `varied-calls/agent/${inFlight}`,
      name,
      inFlight,
      unit: 'req/s',
      threads,
      load: (seconds) => client.call({ ...task, inFlight, milliseconds: seconds * 1000 }),
    }))
  )
}

module.exports = { title: 'Calls from JavaScript, varied: each request and each answer differs from the others', start }
