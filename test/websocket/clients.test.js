'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { promisify } = require('node:util')
const { PythonHandler } = require('../..')
const { missing } = require('../frameworks/servers')
const { Browser, chromium } = require('../grid/browser')
const { follow } = require('./support')
const { WebSocket } = require('ws')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'frameworks')
const python = path.join(__dirname, '..', '..', '.venv', 'bin', 'python')
const absent = missing(['starlette', 'fastapi', 'django', 'channels', 'socketio', 'websockets'])
const skip = absent === '' ? false : `.venv lacks ${absent}`

/** A string is sent, null receives a message; `expected` is what the client prints. */
const TALKS = {
  Starlette: {
    target: '/starlette?name=Zo%C3%AB',
    protocols: ['v0', 'chat'],
    steps: [null, 'grüße', null, '', null, 'bytes', null, 'close'],
    messages: ['welcome to starlette, Zoë', 'starlette: grüße', 'starlette: ', [0, 255]],
    subprotocol: 'chat',
  },
  FastAPI: {
    target: '/fastapi/blue?name=you',
    steps: [null, '{"a":[1,2]}', null, '"close"'],
    messages: ['{"room":"blue","name":"you"}', '{"fastapi":{"a":[1,2]}}'],
  },
  'Django Channels': {
    target: '/channels/red',
    steps: [null, '"hello"', null, '"close"'],
    messages: ['{"joined": "red"}', '{"said": "hello"}'],
  },
  'python-socketio': {
    target: '/socket.io/?EIO=4&transport=websocket',
    steps: [null, '40', null, '420["say","hello"]', null, null, '42["leave"]', null],
    messages: [/^0\{"sid":/, /^40\{"sid":/, '42["said",{"text":"hello"}]', '430["thanks"]', '41'],
    // Engine.IO would wait for the client.
    leaves: true,
  },
}

let handlers
let server
let base

before(async () => {
  if (skip) return
  const open = (name, factory) => new PythonHandler('sockets', name, { docroot, factory })
  handlers = {
    starlette: open('starlette_app', false),
    fastapi: open('fastapi_app', false),
    channels: open('make_channels', true),
    'socket.io': open('make_socketio', true),
  }
  server = http.createServer()
  server.on('upgrade', (req, socket, head) => handlers[/^\/([\w.]+)/.exec(req.url)[1]].upgrade(req, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `ws://127.0.0.1:${server.address().port}`
})

after(async () => {
  if (skip) return
  server.close()
  server.closeAllConnections()
  for (const handler of Object.values(handlers)) await handler.close({ timeout: 0 })
})

/** Compares what a client received with what it must receive. */
function assertTalk(name, came) {
  const { leaves, messages, subprotocol } = TALKS[name]
  assert.equal(came.messages.length, messages.length, JSON.stringify(came))
  for (const [index, expected] of messages.entries()) {
    if (expected instanceof RegExp) assert.match(came.messages[index], expected)
    else assert.deepEqual(came.messages[index], expected)
  }
  assert.equal(came.subprotocol || undefined, subprotocol)
  assert.deepEqual([came.code, came.reason], leaves ? [1000, ''] : [4001, 'as asked'])
}

for (const [name, { target, protocols = [], steps, leaves = false }] of Object.entries(TALKS)) {
  test(`${name}: ws of Node talks to it`, { skip }, async () => {
    const { closed, webSocket } = follow(new WebSocket(base + target, protocols))
    const queue = []
    webSocket.on('message', (data, isBinary) => queue.push(isBinary ? [...data] : data.toString()))
    const messages = []
    await once(webSocket, 'open')
    for (const step of steps) {
      if (step !== null) {
        webSocket.send(step)
        continue
      }
      while (queue.length === 0) await once(webSocket, 'message')
      messages.push(queue.shift())
    }
    if (leaves) webSocket.close(1000)
    assertTalk(name, { messages, subprotocol: webSocket.protocol, ...await closed })
  })

  test(`${name}: websockets of Python talks to it`, { skip }, async () => {
    const argument = JSON.stringify([base + target, protocols, steps, leaves])
    const { stdout } = await promisify(execFile)(python, [path.join(docroot, 'socket_client.py'), argument])
    assertTalk(name, JSON.parse(stdout))
  })
}

test(
  "Django Channels: clients get each other's messages, and a client that may not join gets 403",
  { skip },
  async () => {
    const [one, two] = [1, 2].map(() => follow(new WebSocket(`${base}/channels/green`)))
    await Promise.all([one, two].map(({ webSocket }) => once(webSocket, 'message')))
    one.webSocket.send('"to all"')
    await once(two.webSocket, 'message')
    assert.equal(two.messages[1], '{"said": "to all"}')
    assert.equal((await follow(new WebSocket(`${base}/channels/forbidden`)).refused).status, 403)
    for (const { closed, webSocket } of [one, two]) {
      webSocket.close()
      await closed
    }
  },
)

const withoutBrowser = chromium === undefined ? 'there is no chromium on PATH' : skip

test('WebSocket of Chromium talks to all of them', { skip: withoutBrowser }, async (t) => {
  const talks = Object.entries(TALKS)
  const page = `<!doctype html><script>
    async function talk([name, { target, protocols = [], steps, leaves }]) {
      const socket = new WebSocket('ws://' + location.host + target, protocols)
      socket.binaryType = 'arraybuffer'
      const queue = []
      let wake = () => {}
      socket.onmessage = ({ data }) => {
        queue.push(typeof data === 'string' ? data : [...new Uint8Array(data)])
        wake()
      }
      const closed = new Promise((resolve) => { socket.onclose = resolve })
      await new Promise((resolve) => { socket.onopen = resolve })
      const messages = []
      for (const step of steps) {
        if (step !== null) { socket.send(step); continue }
        while (queue.length === 0) await new Promise((resolve) => { wake = resolve })
        messages.push(queue.shift())
      }
      if (leaves) socket.close(1000)
      const { code, reason } = await closed
      return [name, { messages, subprotocol: socket.protocol, code, reason }]
    }
    const came = Promise.all(${JSON.stringify(talks)}.map(talk))
  </script>`
  server.on('request', (req, res) => {
    res.setHeader('content-type', 'text/html; charset=utf-8')
    res.end(page)
  })
  const browser = await Browser.start()
  t.after(() => browser.close())
  const visitor = await browser.makeVisitor()
  const tab = await visitor.openPage(`http://127.0.0.1:${server.address().port}/`)
  // Fails where Chromium ends before.
  const results = await tab.evaluate('came')
  assert.equal(results.length, Object.keys(TALKS).length)
  for (const [name, each] of results) assertTalk(name, each)
})
