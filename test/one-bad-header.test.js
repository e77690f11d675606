'use strict'

// An invalid response head fails only its own request, not those of the same turn.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { test } = require('node:test')
const { listen, openApp, quiet } = require('./support')
const { GET, newer } = require('./hosts/notes')

const COUNT = 64
/** A value that HTTP forbids, and that Fetch lets through. */
const VALUE = 'a\u0001b'
const NAME = 'x bad'
const CODES = { [VALUE]: 'ERR_ASGI_INVALID_HEADER_VALUE', [NAME]: 'ERR_ASGI_INVALID_HEADER_NAME' }

/** Serves with the listener, and gives the objects of requests that were sent, without answering them. */
async function held(t) {
  const server = http.createServer()
  const port = await listen(t, server)
  return {
    async request() {
      const socket = net.connect(port, '127.0.0.1').setEncoding('latin1')
      t.after(() => socket.destroy())
      const arrived = once(server, 'request')
      socket.write('GET / HTTP/1.1\r\nhost: same\r\nx-number: 0\r\nx-good: 0\r\n\r\n')
      const [req, res] = await arrived
      return { req, res, socket }
    },
    async upgrade() {
      const socket = net.connect(port, '127.0.0.1').setEncoding('latin1')
      t.after(() => socket.destroy())
      const arrived = once(server, 'upgrade')
      const head = ['host: same', 'x-number: 0', 'x-good: 0', 'connection: upgrade', 'upgrade: websocket']
      const more = ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==']
      socket.write(`GET / HTTP/1.1\r\n${[...head, ...more].join('\r\n')}\r\n\r\n`)
      const [req, network, rest] = await arrived
      return { req, network, rest, socket }
    },
  }
}

/** Puts a header in the place of `x-good`, as a middleware before the handler may do. */
function spoil(req, name, value) {
  delete req.headers['x-good']
  req.headers[name] = value
}

/**
 * The ways to send a request: each is prepared first, and then sends a request with a bad header in a given turn.
 * They give the code that the request fails with.
 */
const WAYS = {
  async handleRequest(t, handler, name, value) {
    return () =>
      handler.handleRequest({ url: '/', headers: { [name]: value } }).then(assert.fail, (error) => error.code)
  },
  async flatList(t, handler, name, value) {
    const headers = ['host', 'same', 'x-number', '0', name, value]
    return () => handler.handleRequest({ url: '/', headers }).then(assert.fail, (error) => error.code)
  },
  async fetch(t, handler, name, value) {
    const headers = { 'x-number': '0', [name]: value }
    return () => handler.fetch('http://same/', { headers }).then(assert.fail, (error) => error.code ?? error.cause.code)
  },
  async dispatcher(t, handler, name, value) {
    const dispatcher = handler.dispatcher()
    return async () => {
      const notes = newer()
      dispatcher.dispatch({ ...GET, headers: { host: 'same', 'x-number': '0', [name]: value } }, notes.handler)
      return (await notes.over).code
    }
  },
  async listener(t, handler, name, value) {
    const said = quiet(t)
    const { req, res, socket } = await (await held(t)).request()
    return async () => {
      spoil(req, name, value)
      handler.listener(req, res)
      const [head] = await once(socket, 'data')
      assert.match(head, /^HTTP\/1\.1 [45]00 /)
      return /ERR_ASGI_\w+/.exec(JSON.stringify([head, said.map((all) => all.map((each) => each?.code ?? each))]))?.[0]
    }
  },
  async upgrade(t, handler, name, value) {
    const said = quiet(t)
    const { req, network, rest, socket } = await (await held(t)).upgrade()
    return async () => {
      spoil(req, name, value)
      handler.upgrade(req, network, rest)
      const [head] = await once(socket, 'data')
      assert.match(head, /^HTTP\/1\.1 [45]00 /)
      return /ERR_ASGI_\w+/.exec(JSON.stringify([head, said.map((all) => all.map((each) => each?.code ?? each))]))?.[0]
    }
  },
}

/** A request with the same header names as the bad one, and other values. */
async function good(handler, number, name) {
  const headers = ['host', 'same', 'x-number', `${number}`, name, `v${number}`]
  const { body } = await handler.handleRequest({ url: `/${number}`, headers })
  const scope = JSON.parse(body)
  assert.equal(scope.path, `/${number}`)
  const pairs = scope.headers.map((pair) => pair.map(({ bytes }) => bytes))
  assert.deepEqual(pairs, [['host', 'same'], ['x-number', `${number}`], [name, `v${number}`]])
}

for (const [way, prepare] of Object.entries(WAYS)) {
  // Fetch refuses such a name itself.
  for (const bad of way === 'fetch' ? [VALUE] : [VALUE, NAME]) {
    const what = bad === NAME ? 'name' : 'value'
    test(`one header with a bad ${what} among the requests of a turn fails alone: ${way}`, async (t) => {
      const handler = openApp(t, 'dump_scope')
      const [name, value] = bad === NAME ? [NAME, '1'] : ['x-same', VALUE]
      // The second time it is one that came before.
      for (let time = 0; time < 2; time++) {
        const send = await prepare(t, handler, name, value)
        const goodName = bad === NAME ? 'x-good' : 'x-same'
        const turn = Array.from({ length: COUNT }, (_, number) => {
          return number === COUNT / 2 ? send() : good(handler, number, goodName)
        })
        const results = await Promise.allSettled(turn)
        for (const [number, { status, reason, value: code }] of results.entries()) {
          assert.equal(status, 'fulfilled', `${number}: ${reason?.stack}`)
          if (number === COUNT / 2) assert.equal(code, CODES[bad])
        }
      }
    })
  }
}

test('heads of responses are right where each callback asks synchronously for another', async (t) => {
  const handler = openApp(t, 'sends_given_head')
  const target = (headers) => `/?${encodeURIComponent(JSON.stringify({ headers }))}`
  const dispatcher = handler.dispatcher()
  const lists = (number) => [
    [['x-one', `${number}`], ['x-two', 'same']],
    [['x-one', 'same'], ['x-two', `${number}`]],
    [[`x-${number % 7}`, `${number}`]],
    [['x-one', 'v'.repeat(600)], ['x-two', '']],
    [['x-one', ''], ['x-two', 'same']],
  ]
  let asked = 0
  const sync = (number) => {
    for (const headers of lists(number)) {
      const response = handler.handleRequestSync({ url: target(headers) })
      assert.deepEqual([...response.headers], headers)
      asked++
    }
  }
  const all = Array.from({ length: 40 }, (_, number) => {
    const headers = lists(number)[number % 5]
    const notes = newer({ onData: () => (sync(number), true) })
    dispatcher.dispatch({ ...GET, path: target(headers) }, notes.handler)
    return { notes, headers }
  })
  for (const { notes, headers } of all) {
    assert.equal(await notes.over, null)
    assert.deepEqual(notes.raw.map((each) => each.toString('latin1')), headers.flat())
  }
  assert.equal(asked, 40 * 5)
})
