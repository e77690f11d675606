'use strict'

// What runs because the app has answered runs in the context of the request: AsyncLocalStorage has its store.

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { once } = require('node:events')
const express = require('express')
const http = require('node:http')
const { test } = require('node:test')
const WebSocket = require('ws')
const { listen, openApp, send, serve } = require('../support')

const storage = new AsyncLocalStorage()

/** Requests at the same time, each with its number. */
const numbers = [1, 2, 3, 4]

for (const protocol of ['http', 'https', 'h2', 'h2c']) {
  for (const target of ['/200', '/200/stream']) {
    test(`over ${protocol} the end of a response of ${target} runs in its request's context`, async (t) => {
      const { listener } = openApp(t, 'send_status')
      const seen = new Map(numbers.map((number) => [number, []]))
      const closed = []
      const request = await serve(t, protocol, (req, res) => {
        const number = Number(req.headers['x-number'])
        const note = (what) => seen.get(number).push([what, storage.getStore()])
        storage.run(number, () => {
          for (const name of ['writeHead', 'write', 'end']) {
            const method = res[name]
            res[name] = function (...args) {
              note(name)
              return method.apply(this, args)
            }
          }
          listener(req, res)
          closed.push(new Promise((resolve) => res.on('close', resolve)))
          // Over HTTP/2 Node emits both in the context of the stream.
          if (req.httpVersionMajor === 2) return
          for (const name of ['finish', 'close']) res.on(name, () => note(name))
        })
      })
      await Promise.all(numbers.map((number) => request({ path: target, headers: { 'x-number': number } })))
      await Promise.all(closed)
      for (const [number, notes] of seen) {
        const names = new Set(notes.map(([what]) => what))
        const events = protocol.startsWith('h2') ? [] : ['finish', 'close']
        for (const name of ['writeHead', 'end', ...events]) assert.ok(names.has(name), name)
        if (target.endsWith('stream')) assert.ok(names.has('write'))
        for (const [what, store] of notes) assert.equal(store, number, what)
      }
    })
  }
}

test("Express' error handler, and its calls to the app, run in the request's context", async (t) => {
  const app = express()
  app.use((req, res, next) => storage.run(req.headers['x-number'], next))
  app.use(openApp(t, 'raises', { responseTimeout: 200 }).listener)
  // oxlint-disable-next-line no-unused-vars -- Express counts the parameters
  app.use((error, req, res, next) => {
    const first = storage.getStore()
    setImmediate(() => res.json([error.code, first, storage.getStore()]))
  })
  const port = await listen(t, http.createServer(app))
  const codes = { '/before': 'ERR_ASGI_PYTHON', '/silent': 'ERR_ASGI_NO_RESPONSE' }
  for (const [path, code] of Object.entries(codes)) {
    await Promise.all(numbers.map(async (number) => {
      const { body } = await send({ port, path, headers: { 'x-number': number } })
      assert.deepEqual(JSON.parse(body), [code, String(number), String(number)])
    }))
  }
})

test("a file that the app sends is written in the request's context", async (t) => {
  const { listener } = openApp(t, 'send_files')
  const stores = []
  const request = await serve(t, 'http', (req, res) => {
    storage.run('file', () => {
      for (const name of ['write', 'end']) {
        const method = res[name]
        res[name] = function (...args) {
          stores.push(storage.getStore())
          return method.apply(this, args)
        }
      }
      listener(req, res)
    })
  })
  const { body } = await request({ path: '/path_send' })
  assert.equal(body.length, 256 * 1024)
  assert.ok(stores.length > 1)
  assert.deepEqual(new Set(stores), new Set(['file']))
})

const CHANNELS = [
  'request:start',
  'response:start',
  'request:end',
  'request:error',
  'websocket:open',
  'websocket:close',
]

/** Notes the store of each message of the diagnostics channels, until the end of the test. */
function watch(t, isMeant = () => true) {
  const notes = []
  for (const name of CHANNELS) {
    const listener = ({ request }) => {
      if (isMeant(request.url)) notes.push([name, storage.getStore()])
    }
    subscribe(`python-node:${name}`, listener)
    t.after(() => unsubscribe(`python-node:${name}`, listener))
  }
  return notes
}

test("the diagnostics channels speak in the request's context: of answers, errors, clients that leave", async (t) => {
  const notes = watch(t, (url) => !url.startsWith('/seen/'))
  const waits = openApp(t, 'notice_disconnect')
  const listeners = { '/200': openApp(t, 'send_status').listener, '/before': openApp(t, 'raises').listener }
  const server = http.createServer((req, res) => {
    storage.run(req.url, () => (listeners[req.url] ?? waits.listener)(req, res, () => res.writeHead(500).end()))
  })
  const port = await listen(t, server)
  await send({ port, path: '/200' })
  await send({ port, path: '/before' })
  const request = http.get({ port, host: '127.0.0.1', path: '/stream/leaves' })
  const [response] = await once(request, 'response')
  response.on('error', () => undefined)
  request.destroy()
  await waits.handleRequest({ url: '/seen/leaves' })
  const expected = [
    ['request:start', '/200'],
    ['response:start', '/200'],
    ['request:end', '/200'],
    ['request:start', '/before'],
    ['request:error', '/before'],
    ['request:start', '/stream/leaves'],
    ['response:start', '/stream/leaves'],
    ['request:end', '/stream/leaves'],
  ]
  assert.deepEqual(notes, expected)
})

test("the diagnostics channels speak in a WebSocket's context, too", async (t) => {
  const notes = watch(t)
  const { upgrade } = openApp(t, 'ws_scope')
  const server = http.createServer()
  server.on('upgrade', (req, socket, head) => storage.run('socket', () => upgrade(req, socket, head)))
  const port = await listen(t, server)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(client, 'close')
  assert.deepEqual(notes.map(([name]) => name), ['request:start', 'websocket:open', 'websocket:close', 'request:end'])
  for (const [name, store] of notes) assert.equal(store, 'socket', name)
})

test('the context of a request in the process is that of its caller', async (t) => {
  const notes = watch(t)
  const handler = openApp(t, 'hello')
  await Promise.all(numbers.map((number) => storage.run(number, () => handler.handleRequest({ url: `/${number}` }))))
  for (const number of numbers) {
    const own = notes.filter(([, store]) => store === number).map(([name]) => name)
    assert.deepEqual(own, ['request:start', 'response:start', 'request:end'])
  }
})
