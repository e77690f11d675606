'use strict'

// One of Node's servers that wrk asks, in a process of its own: node servers.js KIND [UPSTREAM], started by rivals.js.

const http = require('node:http')
const { APPS } = require('./rivals')

const BODY = Buffer.from('Hello, World!')
const HEADERS = { 'content-type': 'text/plain', 'content-length': BODY.length }

const kinds = {
  listener() {
    const { PythonHandler } = require('../..')
    return new PythonHandler('hello:app', { docroot: APPS }).listener
  },
  static() {
    return (request, response) => response.writeHead(200, HEADERS).end(BODY)
  },
  'static-immediate'() {
    return (request, response) => setImmediate(() => response.writeHead(200, HEADERS).end(BODY))
  },
  upgrade() {
    const { PythonHandler } = require('../..')
    const handler = new PythonHandler('ws_echo:app', { docroot: APPS })
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

const [kind, upstream] = process.argv.slice(2)
const server = http.createServer()
server.on('request', kinds[kind](upstream))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
