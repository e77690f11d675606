'use strict'

// A server in a process of its own: answers `{ ask: true }` with its port, its memory and its requests in
// flight. Its arguments are
// the handler's options, and `native` for a server of the handler in place of one of node:http.

const http = require('node:http')
const { once } = require('node:events')
const { open } = require('../fuzz/world')

async function main() {
  const handler = open('takes_load', JSON.parse(process.argv[2]))
  await handler.ready()
  const timeouts = { keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 600_000 }
  const isNative = process.argv[3] === 'native'
  const server = isNative ? handler.createServer(timeouts) : http.createServer(timeouts, handler.listener)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 })
  await once(server, 'listening')
  process.on('message', ({ ask }) => {
    if (!ask) return
    const send = (connections) => {
      const { inFlight, requests, bytesOut: sent } = handler.stats()
      const memory = Math.round(process.memoryUsage.rss() / (1 << 20))
      process.send({ port: server.address().port, memory, inFlight, requests, sent, connections })
    }
    if (isNative) return send(server.stats().connections)
    server.getConnections((error, connections) => {
      if (error) throw error
      send(connections)
    })
  })
  process.on('disconnect', () => process.exit())
  process.send({ ready: true })
}

main()
