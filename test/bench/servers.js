'use strict'

// One of Node's servers, in a process of its own: node servers.js KIND ARGUMENTS, started by rivals.js.

const http = require('node:http')
const { APPS } = require('./apps')
const { HELLO } = require('./flight')
const { variedListener } = require('./varied')

const BODY = Buffer.from(HELLO)
const HEADERS = { 'content-type': 'text/plain', 'content-length': BODY.length }

const kinds = {
  listener(target, thread) {
    const { PythonHandler } = require('../..')
    return new PythonHandler(target, { docroot: APPS, thread }).listener
  },
  static() {
    return (request, response) => response.writeHead(200, HEADERS).end(BODY)
  },
  varied: () => variedListener(),
  'static-immediate'() {
    return (request, response) => setImmediate(() => response.writeHead(200, HEADERS).end(BODY))
  },
  upgrade(thread) {
    const { PythonHandler } = require('../..')
    const handler = new PythonHandler('ws_echo:app', { docroot: APPS, thread })
    server.on('upgrade', handler.upgrade)
    return handler.listener
  },
  ws() {
    const { WebSocketServer } = require('ws')
    const sockets = new WebSocketServer({ noServer: true, clientTracking: false })
    sockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
    server.on('upgrade', (req, socket, head) => {
      sockets.handleUpgrade(req, socket, head, (each) => sockets.emit('connection', each))
    })
    return () => undefined
  },
  proxy(upstream) {
    const { hostname, port } = new URL(upstream)
    const agent = new http.Agent({ keepAlive: true })
    return (request, response) => {
      const { method, url: path, headers } = request
      const onward = http.request({ agent, hostname, port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
      })
      onward.on('error', (error) => response.writeHead(502).end(error.message))
      request.pipe(onward)
    }
  },
}

/** ms in which JavaScript is held up, of each `PERIOD`, in a server that is `blocked`. */
const BLOCKED = 50
const PERIOD = 100

/** The server of `createServer`; `blocked`: JavaScript waits for something half of the time while there are connections. */
function native(target, isBlocked) {
  const { PythonHandler } = require('../..')
  const created = new PythonHandler(target, { docroot: APPS }).createServer({ healthPath: '/health' })
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const block = () => {
    if (created.stats().connections > 0) Atomics.wait(cell, 0, 0, BLOCKED)
  }
  if (isBlocked === 'blocked') setInterval(block, PERIOD)
  return created
}

const [kind, ...values] = process.argv.slice(2)
const server = kind === 'native' ? native(...values) : http.createServer()
if (kind !== 'native') server.on('request', kinds[kind](...values))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
