'use strict'

// The messages of node:diagnostics_channel for requests that are served without JavaScript.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { send, until } = require('../support')
const { connect, serveNatively } = require('./support')

const NAMES = ['request:start', 'response:start', 'request:end', 'request:error']

/** Collects the messages of one handler; `take(count)` waits for that many. */
function collect(t, handler) {
  const told = []
  let wake = () => {}
  const hears = NAMES.map((name) => {
    const hear = (message) => {
      if (message.request.handler !== handler) return
      told.push([name, message])
      wake()
    }
    subscribe(`python-node:${name}`, hear)
    return [`python-node:${name}`, hear]
  })
  const stop = () => hears.forEach(([name, hear]) => unsubscribe(name, hear))
  t.after(stop)
  const take = async (count) => {
    while (told.length < count) await new Promise((resolve) => (wake = resolve))
    return told.splice(0, count)
  }
  return { take, stop, told }
}

const names = (told) => told.map(([name]) => name)

test('the messages of a request are published when it is over', async (t) => {
  const { handler, port } = await serveNatively(t, 'hello', { options: { forwardedAllowIps: '*' } })
  const { take } = collect(t, handler)
  const headers = { 'X-Sent': ['1', '2'], 'x-forwarded-for': '203.0.113.9:5', 'x-forwarded-proto': 'https' }
  await send({ port, method: 'POST', path: '/a?b=c', headers, body: 'x', agent: false })
  const told = await take(3)
  assert.deepEqual(names(told), ['request:start', 'response:start', 'request:end'])
  const [{ request }, response, end] = told.map(([, message]) => message)
  const { method, url, scheme, httpVersion, client } = request
  assert.deepEqual([method, url, scheme, httpVersion, client], ['POST', '/a?b=c', 'https', '1.1', ['203.0.113.9', 5]])
  assert.deepEqual(request.headers.getAll('x-sent'), ['1', '2'])
  assert.equal(response.request, request)
  assert.equal(end.request, request)
  assert.deepEqual([response.status, end.status, end.aborted], [200, 200, false])
  assert.ok(end.elapsed >= response.elapsed && response.elapsed > 0)
})

test('an app that raises is published with its error, and one whose client leaves as aborted', async (t) => {
  const raising = await serveNatively(t, 'raises')
  raising.handler.on('error', () => {})
  const one = collect(t, raising.handler)
  assert.equal((await raising.ask('/before')).status, 500)
  const told = await one.take(2)
  assert.deepEqual(names(told), ['request:start', 'request:error'])
  const [, [, { error, status }]] = told
  assert.deepEqual([error.code, status, error.name], ['ERR_ASGI_PYTHON', null, 'AsgiError'])

  const { handler, port } = await serveNatively(t, 'notice_disconnect')
  const other = collect(t, handler)
  const wire = connect(t, port)
  wire.write('GET /stream/told HTTP/1.1\r\nHost: a\r\n\r\n')
  await wire.until('\r\n\r\n')
  wire.socket.destroy()
  const left = await other.take(3)
  assert.deepEqual(names(left), ['request:start', 'response:start', 'request:end'])
  assert.equal(left[2][1].aborted, true)
})

test('a request that is refused, or not answered in time, is reported as an error', async (t) => {
  const handlerOptions = { maxConcurrency: 1, responseTimeout: 50 }
  const { handler, port } = await serveNatively(t, 'notice_disconnect', { handlerOptions })
  const errors = []
  handler.on('error', ({ code }) => errors.push(code))
  const { take } = collect(t, handler)
  const slow = send({ port, path: '/wait/told', agent: false })
  await until(() => handler.stats().inFlight === 1, 'the slow request is under way')
  assert.equal((await send({ port, path: '/', agent: false })).status, 503)
  assert.equal((await slow).status, 500)
  const told = await take(4)
  const codes = told.filter(([name]) => name === 'request:error').map(([, { error }]) => error.code)
  assert.deepEqual(codes, ['ERR_ASGI_TOO_MANY_REQUESTS', 'ERR_ASGI_NO_RESPONSE'])
  assert.deepEqual(errors, ['ERR_ASGI_NO_RESPONSE'])
})

test('nothing is published without subscribers, and Node publishes for connections that were handed over', async (t) => {
  const options = { paths: ['/python'] }
  const { handler, ask } = await serveNatively(t, 'hello', { options, requestListener: (req, res) => res.end() })
  const first = collect(t, handler)
  await ask('/python')
  await first.take(3)
  first.stop()
  await ask('/python')
  const second = collect(t, handler)
  await ask('/other')
  await ask('/python/again')
  const told = await second.take(3)
  assert.deepEqual(told.map(([, { request }]) => request.url), Array(3).fill('/python/again'))
  assert.deepEqual(first.told, [])
})

test('requests of servers, and of JavaScript, are one number for maxConcurrency', async (t) => {
  const handlerOptions = { maxConcurrency: 2 }
  const { handler, port } = await serveNatively(t, 'notice_disconnect', { handlerOptions })
  const other = handler.createServer()
  t.after(() => new Promise((resolve) => other.close(resolve).closeAllConnections()))
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const byNode = http.createServer(handler.listener)
  t.after(() => byNode.close().closeAllConnections())
  await once(byNode.listen(0, '127.0.0.1'), 'listening')
  const ports = [port, other.address().port, byNode.address().port]
  const ask = async (port, path) => (await send({ port, path, agent: false })).status

  // One is under way in JavaScript, one in the first server: there is room for none, wherever it comes.
  const controller = new AbortController()
  const here = handler.handleRequest({ url: '/wait/here' }, controller.signal)
  here.catch(() => {})
  const wire = connect(t, port)
  wire.write('GET /wait/there HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => handler.stats().inFlight === 2, 'both requests are under way')
  for (const each of ports) assert.equal(await ask(each, '/ping/'), 503)
  await assert.rejects(handler.handleRequest({ url: '/ping/' }), { code: 'ERR_ASGI_TOO_MANY_REQUESTS' })
  // A place that becomes free may be used by any connection.
  controller.abort()
  await assert.rejects(here)
  for (const each of ports) await until(async () => await ask(each, '/ping/') === 200, 'there is room again')
  wire.socket.destroy()
  await until(() => handler.stats().inFlight === 0, 'nothing is in flight')
  for (const each of ports) assert.equal(await ask(each, '/ping/'), 200)
})

test('a request that is handed over counts once', async (t) => {
  const { handler, ask } = await serveNatively(t, 'hello', {
    options: { paths: ['/python'] },
    requestListener: (req, res) => res.end(),
  })
  await ask('/python')
  await ask('/other')
  await ask('/python')
  assert.equal(handler.stats().requests, 2)
})
