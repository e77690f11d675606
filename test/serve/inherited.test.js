'use strict'

// The children of an app inherit nothing that the server has opened.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { makeFolder, send } = require('../support')
const { serve } = require('./support')

const isLinux = process.platform === 'linux'

/** What a child's descriptors are, without its input, output and errors, what these tests have open, and the listed folder. */
function inheritedIn(listing) {
  const entries = Array.from(listing.matchAll(/ (\d+) -> (.*)$/gm), ([, number, target]) => [Number(number), target])
  assert.ok(entries.length > 2, listing)
  return entries.filter(([number, target]) => {
    return number > 2 && !/^\/proc\/\d+\/fd$/.test(target) && !isOpenHere(number, target)
  })
}

/** Whether these tests have the descriptor, which they have inherited and the server has from them. */
function isOpenHere(number, target) {
  try {
    return fs.readlinkSync(`/proc/self/fd/${number}`) === target
  } catch ({ code }) {
    assert.equal(code, 'ENOENT')
    return false
  }
}

const SETTINGS = {
  'one process': [],
  'workers': ['--workers', '2'],
  'reload': ['--reload'],
  'a Unix socket': null,
}

for (const way of ['native', 'node']) {
  for (const [name, args] of Object.entries(SETTINGS)) {
    // Reloading has a way of its own.
    const http = name === 'reload' ? [] : ['--http', way]
    if (name === 'reload' && way === 'native') continue
    test(
      `a child of the app inherits no descriptor of the server, --http ${way}, ${name}`,
      { skip: !isLinux },
      async (t) => {
        const folder = makeFolder(t, { file: '' })
        const file = path.join(folder, 'file')
        fs.truncateSync(file, 64 << 20)
        const socketPath = path.join(folder, 'socket')
        const place = args ?? ['--uds', socketPath]
        const served = await serve(t, 'lists_descriptors:app', [
          ...http,
          ...place,
          '--health-path',
          '/health',
          '--metrics-path',
          '/metrics',
          '--static-path-route',
          '/static',
          '--static-path-mount',
          folder,
        ])
        const to = args === null ? { socketPath } : { port: served.port }
        const connect = () => args === null ? net.connect(socketPath) : net.connect(served.port, '127.0.0.1')
        // Connections in every state: idle, with a file being sent in each way, and a WebSocket.
        for (const target of [null, `/open?${file}`, '/static/file']) {
          const socket = connect()
          t.after(() => socket.destroy())
          await once(socket, 'connect')
          if (target === null) continue
          socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
          await once(socket, 'readable')
        }
        if (args !== null) {
          const client = new WebSocket(`ws://127.0.0.1:${served.port}/`)
          t.after(() => client.terminate())
          await once(client, 'open')
        }
        for (let i = 0; i < 5; i++) {
          const { body } = await send({ ...to, path: '/', agent: false })
          assert.deepEqual(inheritedIn(body.toString()), [])
        }
      },
    )
  }
}
