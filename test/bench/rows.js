'use strict'

const { mainThread, pythonThread } = require('./cpu')
const { startClient, startNode, startUvicorn } = require('./rivals')
const { askWithWrk } = require('./wrk')

const IN_FLIGHT = [1, 8, 64, 512]
const CONNECTIONS = 64

/**
 * One line of the table.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} group rows of one group are compared with its base
 * @property {boolean} isBase
 * @property {number} inFlight
 * @property {{ node?: object, python?: object }} threads whose CPU time is measured: Node's and Python's
 * @property {(seconds: number) => Promise<{ requests: number, seconds: number }>} load makes the requests
 */

/**
 * Starts every server and client, each in a process of its own so that no two share a thread, and lists the rows.
 *
 * @param {Array<{ stop: () => void }>} processes gets what was started, to be stopped at the end however it comes
 * @returns {Promise<Row[]>}
 */
async function startRows(processes) {
  const started = async (starting) => {
    const one = await starting
    processes.push(one)
    return one
  }
  const uvicorn = await started(startUvicorn())
  const inProcess = await started(startClient('in-process'))
  const client = await started(startClient('client'))
  const listener = await started(startNode('listener'))
  const plain = await started(startNode('static'))
  const immediate = await started(startNode('static-immediate'))
  const proxy = await started(startNode('proxy', uvicorn.url))

  const python = mainThread(uvicorn.pid)
  const viaUvicorn = { node: mainThread(client.pid), python }
  return [
    ...calls('in-process `handleRequest`', inProcess, {}, {
      node: mainThread(inProcess.pid),
      python: pythonThread(inProcess.pid),
    }),
    ...calls('`http.Agent` keep-alive → uvicorn', client, { caller: 'agent', url: uvicorn.url }, viaUvicorn, true),
    ...calls('`fetch` → uvicorn', client, { caller: 'fetch', url: uvicorn.url }, viaUvicorn),
    underWrk('Node, `listener`', listener, { node: mainThread(listener.pid), python: pythonThread(listener.pid) }),
    underWrk('Node, static answer', plain, { node: mainThread(plain.pid) }),
    underWrk('Node, static answer in `setImmediate`', immediate, { node: mainThread(immediate.pid) }),
    underWrk('Node, reverse proxy → uvicorn', proxy, { node: mainThread(proxy.pid), python }, true),
    underWrk('uvicorn', uvicorn, { python }),
  ]
}

/** Rows of calls that a client process makes, one row for each number in flight. */
function calls(name, client, task, threads, isBase = false) {
  return IN_FLIGHT.map((inFlight) => ({
    name,
    group: 'calls',
    isBase,
    inFlight,
    threads,
    load: (seconds) => client.call({ ...task, inFlight, milliseconds: seconds * 1000 }),
  }))
}

function underWrk(name, server, threads, isBase = false) {
  return {
    name: `wrk → ${name}`,
    group: 'wrk',
    isBase,
    inFlight: CONNECTIONS,
    threads,
    load: (seconds) => askWithWrk(server.url, { connections: CONNECTIONS, seconds }),
  }
}

module.exports = { CONNECTIONS, startRows }
