'use strict'

// A listening socket that two servers share, as a worker and its successor do.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const { test } = require('node:test')
const { open } = require('../../js/serve/supervisor/sockets')
const { openApp, send } = require('../support')
const { closed } = require('./support')

const CLIENTS = 50

const ENDS = {
  'close()': (server) => server.close(),
  'drain()': (server) => server.drain(1),
}

/** Whether a descriptor is one of the same socket as another. It may be closed, or have been used again meanwhile. */
function isSocket(fd, other) {
  try {
    return fs.fstatSync(fd).ino === fs.fstatSync(other).ino
  } catch (error) {
    if (error.code === 'EBADF') return false
    throw error
  }
}

for (const [name, end] of Object.entries(ENDS)) {
  for (const ioThreads of [1, 3]) {
    test(`a server with ${ioThreads} I/O threads accepts nothing once ${name} has returned`, async (t) => {
      const handler = openApp(t, 'hello')
      const shared = open({ host: '127.0.0.1', port: 0, backlog: 511 })
      t.after(() => fs.closeSync(shared.fd))
      const [first, second] = ['first', 'second'].map((name) => {
        return handler.createServer({ ioThreads, headers: { 'x-server': name } })
      })
      t.after(() => closed(second))
      const { fd } = open({ fd: shared.fd, backlog: 511 })
      await once(first.listen({ fd }), 'listening')
      const ended = once(first, 'close')
      assert.equal(isSocket(fd, shared.fd), true)
      end(first)
      assert.equal(isSocket(fd, shared.fd), false, 'its socket is closed')
      const answers = Array.from({ length: CLIENTS }, () => send({ port: shared.port, path: '/', agent: false }))
      await ended
      second.listen({ fd: open({ fd: shared.fd, backlog: 511 }).fd })
      for (const { headers } of await Promise.all(answers)) assert.equal(headers['x-server'], 'second')
    })
  }
}
