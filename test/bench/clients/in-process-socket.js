'use strict'

// Echoes over WebSockets inside this process: node in-process-socket.js THREAD, started by rivals.js.

const { PythonHandler, Request } = require('../../..')
const { APPS } = require('../apps')
const { serveTasks } = require('../flight')

const [thread] = process.argv.slice(2)
const handler = new PythonHandler('ws_echo:app', { docroot: APPS, thread })
const MESSAGE = Buffer.alloc(128, 'x')

/** Keeps one message on its way over each socket, for a time. */
async function echo({ sockets, milliseconds }) {
  let requests = 0
  const start = performance.now()
  const end = start + milliseconds
  const lane = async () => {
    const request = new Request({ websocket: true, url: '/' })
    const response = await handler.handleStream(request)
    while (performance.now() < end) {
      request.write(MESSAGE)
      const { length } = await response.nextMessage()
      if (length !== MESSAGE.length) throw new Error(`a wrong answer of ${length} bytes`)
      requests++
    }
    await request.end()
  }
  await Promise.all(Array.from({ length: sockets }, lane))
  return { requests, seconds: (performance.now() - start) / 1000 }
}

serveTasks(echo)
