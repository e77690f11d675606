'use strict'

// A server in a process of its own: answers `{ ask: true }` with its port, its memory and what is in flight.

const http = require('node:http')
const { once } = require('node:events')
const { open } = require('../fuzz/world')

async function main() {
  const handler = open('takes_load', JSON.parse(process.argv[2]))
  await handler.ready()
  const server = http.createServer(
    { keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 600_000 },
    handler.listener,
  )
  server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 })
  await once(server, 'listening')
  process.on('message', ({ ask }) => {
    if (!ask) return
    server.getConnections((error, connections) => {
      if (error) throw error
      const { inFlight, requests, bytesOut: sent } = handler.stats()
      const memory = Math.round(process.memoryUsage.rss() / (1 << 20))
      process.send({ port: server.address().port, memory, inFlight, requests, sent, connections })
    })
  })
  process.on('disconnect', () => process.exit())
  process.send({ ready: true })
}

main()
