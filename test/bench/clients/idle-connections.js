'use strict'

// Opens connections, has each answered once, and leaves them open. Started by rivals.js.

const { once } = require('node:events')
const net = require('node:net')
const { serveTasks } = require('../flight')

const REQUEST = 'GET /items/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: 1\r\n\r\n'
/** Connections that are opened at a time. */
const AT_ONCE = 100

async function open(port) {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(REQUEST)
  const [head] = await once(socket, 'data')
  if (!head.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`a wrong answer: ${head}`)
}

serveTasks(async ({ port, connections }) => {
  for (let left = connections; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => open(port)))
  }
  return { requests: connections, seconds: 0 }
})
