'use strict'

// Uses the package in every way that needs nothing else installed, and prints the results.
const http = require('node:http')
const { once } = require('node:events')
const { PythonHandler, Request } = require('python-node')
const { PythonHandler: Bare } = require('python-node/python-node.node')

async function main() {
  const handler = new PythonHandler('main:app')
  const server = http.createServer(handler.listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/over/http`)
  const served = await response.json()
  const asked = JSON.parse((await handler.handleRequest({ url: '/asked' })).body)

  const request = new Request({ websocket: true, url: '/' })
  const socket = await handler.handleStream(request)
  await request.write('hello')
  const echoed = await socket.nextMessage()
  await request.end(1000)

  console.log(
    JSON.stringify({ status: response.status, served, asked, echoed, bare: typeof Bare, ...upgrade(handler) }),
  )
  server.closeAllConnections?.()
  server.close()
  await handler.close()
}

function upgrade(handler) {
  try {
    return { upgrade: typeof handler.upgrade }
  } catch ({ code, message }) {
    return { upgrade: code, message }
  }
}

main()
