'use strict'

// The head of a response is the one that Node itself would write, also when it comes again.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { listen, makeFolder, quiet } = require('./support')

const APP = `
import json
from urllib.parse import unquote


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    status, headers = json.loads(unquote(scope["query_string"].decode()))
    headers = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if status in (204, 304) else b"body"})
`
const LENGTH = ['content-length', '4']
const TYPE = ['content-type', 'text/plain']

/** The heads that the app answers with, and their requests. */
const SCENARIOS = {
  'a length': [200, [LENGTH, TYPE]],
  'another status': [201, [LENGTH, TYPE]],
  'an unknown status': [299, [LENGTH, TYPE]],
  'no length': [200, [TYPE]],
  'no headers': [200, []],
  'a head as long as may be': [200, [LENGTH, ['x-long', 'x'.repeat(400)]]],
  'a longer one': [200, [LENGTH, ['x-long', 'x'.repeat(600)]]],
  'no body': [204, [TYPE]],
  'nothing new': [304, [LENGTH, TYPE]],
  'a Date of its own': [200, [LENGTH, ['date', 'Thu, 01 Jan 1970 00:00:00 GMT']]],
  'an end of the connection': [200, [LENGTH, ['connection', 'close']]],
  'trailers announced': [200, [LENGTH, ['trailer', 'x-later']]],
  'names twice': [200, [LENGTH, ['set-cookie', 'a=1'], ['set-cookie', 'b=2']]],
}
const REQUESTS = {
  'HTTP/1.1': 'GET PATH HTTP/1.1\r\nHost: here\r\n\r\n',
  'HTTP/1.0': 'GET PATH HTTP/1.0\r\n\r\n',
  'HTTP/1.0 that stays': 'GET PATH HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'one that closes': 'GET PATH HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n',
  HEAD: 'HEAD PATH HTTP/1.1\r\nHost: here\r\n\r\n',
}
const SERVERS = {
  'a server': () => undefined,
  'a server that keeps connections for a minute': (server) => {
    server.keepAliveTimeout = 60_000
  },
  'a server with few requests a connection': (server) => {
    server.maxRequestsPerSocket = 2
  },
  'no Date': (server) =>
    server.prependListener('request', (req, res) => {
      res.sendDate = false
    }),
  'a reason of its own': (server) =>
    server.prependListener('request', (req, res) => {
      res.statusMessage = 'Fine'
    }),
  'a header of its own': (server) =>
    server.prependListener('request', (req, res) => {
      res.setHeader('x-own', '1')
    }),
}

/** Sends requests over one connection while it is open. Returns all data received, without the Date headers. */
async function talk(port, request, times) {
  const socket = net.connect(port, '127.0.0.1')
  socket.setEncoding('latin1').on('error', () => undefined)
  let all = ''
  for (let count = 0; count < times && !socket.destroyed && !socket.readableEnded; count++) {
    const before = all.length
    socket.write(request)
    await new Promise((resolve) => {
      const isComplete = () => {
        const [head, ...rest] = all.slice(before).split('\r\n\r\n')
        if (rest.length === 0) return false
        if (request.startsWith('HEAD') || /^HTTP\/1.1 [23]04/.test(head)) return true
        const length = /content-length: (\d+)/i.exec(head)
        return length === null ? /(?:^|\n)0/.test(rest.join('')) : rest.join('').length >= Number(length[1])
      }
      const onData = (text) => {
        all += text
        if (isComplete()) done()
      }
      const done = () => {
        socket.off('data', onData).off('close', done)
        resolve()
      }
      socket.on('data', onData).on('close', done)
    })
  }
  socket.destroy()
  return all.replaceAll(/(\r\ndate: )[A-Z][^\r]*(\d{4}) [\d:]+ GMT/gi, '$1$2')
}

for (const [title, prepare] of Object.entries(SERVERS)) {
  test(`D6 a head that comes again is the one that Node writes: ${title}`, async (t) => {
    // Trailers together with Content-Length are an error of the app.
    quiet(t)
    const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': APP }) })
    t.after(() => handler.close())
    const [ours, nodes] = [http.createServer(handler.listener), http.createServer()]
    nodes.on('request', (req, res) => {
      // With another function in front, Node makes each head anew.
      const { writeHead } = res
      res.writeHead = (...args) => writeHead.apply(res, args)
      handler.listener(req, res)
    })
    for (const server of [ours, nodes]) prepare(server)
    const ports = [await listen(t, ours), await listen(t, nodes)]
    for (const [what, answer] of Object.entries(SCENARIOS)) {
      const path = `/?${encodeURIComponent(JSON.stringify(answer))}`
      for (const [how, request] of Object.entries(REQUESTS)) {
        const [own, expected] = await Promise.all(ports.map((port) => talk(port, request.replace('PATH', path), 3)))
        assert.equal(own, expected, `${what}, ${how}`)
      }
    }
  })
}

test('the Date of a head goes on', async (t) => {
  const handler = new PythonHandler('hello:app', { docroot: `${__dirname}/../Fixtures/apps` })
  t.after(() => handler.close())
  const port = await listen(t, http.createServer(handler.listener))
  const dates = new Set()
  while (dates.size < 3) {
    const request = http.get({ port, agent: false })
    const [{ headers }] = await once(request, 'response')
    request.destroy()
    const late = Date.now() - Date.parse(headers.date)
    assert.ok(late >= 0 && late < 5000, `a Date that is ${late} ms late`)
    dates.add(headers.date)
  }
})
