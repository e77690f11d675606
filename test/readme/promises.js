'use strict'

const assert = require('node:assert/strict')
const dgram = require('node:dgram')
const { once } = require('node:events')
const http2 = require('node:http2')
const { WebSocket } = require('ws')
const { send, sendHTTP2 } = require('../support')

/** Lines that a program promises to print: `console.log(…) // one, then two`. */
const PRINTED = /console\.log\(.*\)\)? \/\/ (.+)$/

/**
 * Gives the lines that a program's comments promise.
 *
 * @param {string} text the program.
 * @returns {string[]}
 */
function printedBy(text) {
  return text.split('\n').flatMap((line) => PRINTED.exec(line)?.[1].split(', then ') ?? [])
}

const greeted = { status: 200, text: '{"hello":"you"}' }
const native = { status: 200, text: 'from Node' }

/** What the servers of the documents do, by the heading that they are under. Each gets the port, and the program. */
const ANSWERS = {
  'python-node': (port) => answers(port, { '/hello/you': greeted }),

  'node:http, node:https': (port) => answers(port, { '/native': native, '/hello/you': greeted }),

  'Serve from a program': (port) => answers(port, { '/hello/you': greeted }),

  async 'node:http2'(port) {
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const { headers, body } = await sendHTTP2(session, { ':path': '/hello/you' })
    session.destroy()
    assert.deepEqual({ status: headers[':status'], text: body.toString() }, greeted)
    const older = await send({ protocol: 'https:', port, path: '/hello/you', rejectUnauthorized: false, agent: false })
    assert.deepEqual({ status: older.status, text: older.body.toString() }, greeted)
  },

  'Serve it from your own Node server': mountsInExpress,

  Express: mountsInExpress,

  'One port for Express and Python': (port) =>
    answers(port, {
      '/native': native,
      '/hello/you': greeted,
      '/health': { status: 200, text: 'ok' },
      '/nowhere': ({ status }) => assert.equal(status, 404),
    }),

  Connect: (port) =>
    answers(port, { '/native': native, '/api/hello/you': greeted, '/api/openapi.json': serversAre('/api') }),

  'Authenticated users': (port) => answers(port, { '/api/me': { status: 200, text: '{"name":"alice"}' } }),

  Fastify: (port) => answers(port, { '/native': native, '/api/hello/you': greeted }),

  Hono: (port) => answers(port, { '/native': native, '/api/hello/you': greeted }),

  'Next.js': (port) => answers(port, { '/page': { status: 404, text: 'no such page' }, '/api/hello/you': greeted }),

  SvelteKit: (port) => answers(port, { '/page': { status: 200, text: 'a page' }, '/api/hello/you': greeted }),

  async 'Shut down'(port, { child, ended, output }) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nowhere`)
    const [, refusal] = await once(socket, 'unexpected-response')
    assert.equal(refusal.statusCode, 403)
    refusal.destroy()
    await answers(port, { '/hello/you': greeted })
    child.kill('SIGTERM')
    assert.deepEqual(await ended, { code: 0, signal: null }, output.stderr)
  },

  'Rewrite requests': (port) => answers(port, { '/old/you': greeted, '/hello?name=you': greeted }),

  async WebSockets(port) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, ['chat'])
    await once(socket, 'open')
    assert.equal(socket.protocol, 'chat')
    socket.send('hello')
    const [message] = await once(socket, 'message')
    assert.equal(message.toString(), 'you said hello')
    socket.close()
    await once(socket, 'close')
  },

  async 'Servers without connections'(port) {
    const clients = [dgram.createSocket('udp4'), dgram.createSocket('udp4')]
    try {
      // Each client has a count of its own.
      for (const [client, text] of [[0, '1: a'], [0, '2: b'], [1, '1: c']]) {
        clients[client].send(text.slice(-1), port, '127.0.0.1')
        const [message] = await once(clients[client], 'message')
        assert.equal(message.toString(), text)
      }
    } finally {
      for (const client of clients) client.close()
    }
  },
}

function mountsInExpress(port) {
  return answers(port, {
    '/api/hello/node': { status: 200, text: '["from Node"]' },
    '/api/hello/you': greeted,
    '/api/openapi.json': serversAre('/api'),
  })
}

/** Asks a server for paths, and compares: `{ status, text }`, or a function that looks at these. */
async function answers(port, expected) {
  for (const [path, wanted] of Object.entries(expected)) {
    const { status, body } = await send({ port, path, agent: false })
    const answer = { status, text: body.toString() }
    if (typeof wanted === 'function') wanted(answer)
    else assert.deepEqual(answer, wanted, path)
  }
}

/** FastAPI names its root path among the servers of its description. */
function serversAre(rootPath) {
  return ({ text }) => assert.deepEqual(JSON.parse(text).servers, [{ url: rootPath }])
}

module.exports = { ANSWERS, answers, greeted, printedBy }
