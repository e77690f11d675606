'use strict'

// Sends messages over WebSockets, each when the last has come back. Started by rivals.js.

const { once } = require('node:events')
const net = require('node:net')
const { serveTasks } = require('../flight')

const SIZE = 128

/** A client's frame of 128 bytes; a mask of zeros changes nothing. */
const FRAME = Buffer.concat([Buffer.from([0x82, 0x80 | 126, 0, SIZE, 0, 0, 0, 0]), Buffer.alloc(SIZE, 'x')])

/** What comes back: a server does not mask. */
const ANSWER = 4 + SIZE

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** Opens a WebSocket. */
async function open(port) {
  const socket = net.connect(port, '127.0.0.1')
  socket.setNoDelay()
  socket.write(`${HANDSHAKE.join('\r\n')}\r\n\r\n`)
  const [head] = await once(socket, 'data')
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${head}`)
  return socket
}

/**
 * Keeps one message on its way over each socket, for a time.
 *
 * @param {{ port: number, sockets: number, milliseconds: number }} task
 * @returns {Promise<{ requests: number, seconds: number }>}
 */
async function echo({ port, sockets: count, milliseconds }) {
  const sockets = await Promise.all(Array.from({ length: count }, () => open(port)))
  const start = performance.now()
  const end = start + milliseconds
  let requests = 0
  await Promise.all(sockets.map((socket) =>
    new Promise((resolve, reject) => {
      let bytes = 0
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server has closed')))
      socket.on('data', (chunk) => {
        bytes += chunk.length
        if (bytes < ANSWER) return
        if (bytes > ANSWER) reject(new Error(`a wrong answer of ${bytes} bytes`))
        bytes = 0
        requests++
        if (performance.now() >= end) resolve()
        else socket.write(FRAME)
      })
      socket.write(FRAME)
    })
  ))
  const seconds = (performance.now() - start) / 1000
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return { requests, seconds }
}

/** Opens sockets and leaves them idle. */
async function idle({ port, sockets: count }) {
  const sockets = []
  while (sockets.length < count) {
    const some = Math.min(100, count - sockets.length)
    sockets.push(...await Promise.all(Array.from({ length: some }, () => open(port))))
  }
  return { requests: sockets.length, seconds: 0 }
}

serveTasks(({ isIdle, ...task }) => (isIdle ? idle : echo)(task))
