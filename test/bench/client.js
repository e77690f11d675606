'use strict'

// Makes the same calls to a server on loopback, in the two ways Node has. Started by rivals.js.

const http = require('node:http')
const { HEADERS, serveTasks } = require('./flight')

// fetch sets the host itself.
const OWN_HEADERS = { ...HEADERS }
delete OWN_HEADERS.host

const callers = {
  agent({ url, inFlight }) {
    const { hostname, port, pathname: path } = new URL(url)
    const options = { agent: agentFor(inFlight), hostname, port, path, headers: HEADERS }
    return () =>
      new Promise((resolve, reject) => {
        const request = http.get(options, (response) => {
          const chunks = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('end', () => resolve({ status: response.statusCode, length: Buffer.concat(chunks).length }))
          response.on('error', reject)
        })
        request.on('error', reject)
      })
  },
  fetch({ url }) {
    const options = { headers: OWN_HEADERS }
    return async () => {
      const response = await fetch(url, options)
      return { status: response.status, length: (await response.arrayBuffer()).byteLength }
    }
  },
}

const agents = new Map()

/** One agent for each number of connections, so that a round finds the connections of the last one open. */
function agentFor(connections) {
  if (!agents.has(connections)) {
    agents.set(connections, new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections }))
  }
  return agents.get(connections)
}

serveTasks((task) => callers[task.caller](task))
