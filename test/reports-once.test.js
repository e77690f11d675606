'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { listen, openApp, quiet, serve, until } = require('./support')

/** Mistakes of an app, the status or the cut that its client sees, and the report. */
const FAILURES = [
  { when: 'before', status: 500, says: 'Python error: ValueError: before' },
  { when: 'silent', status: 500, says: 'No response sent: the application returned without one' },
  { when: 'middle', status: null, says: 'Python error: ValueError: middle' },
  { when: 'short', status: null, says: 'ASGI callable returned without completing response.' },
  { when: 'behind', status: 200, says: 'Python error: ValueError: behind' },
]

/** Waits for reports of a later tick. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the app has raised, and until that was reported. */
async function seen(handler, when) {
  await handler.handleRequest({ url: `/seen/${when}` })
  await turn()
}

async function statusOf(response) {
  try {
    return (await response).status
  } catch {
    return null
  }
}

for (const protocol of ['http', 'h2c']) {
  for (const { when, status, says } of FAILURES) {
    test(`an app that fails (${when}) is reported once to the listeners of 'error' over ${protocol}`, async (t) => {
      const said = quiet(t)
      const handler = openApp(t, 'raises_when')
      const errors = []
      handler.on('error', (error) => errors.push(error.message))
      const request = await serve(t, protocol, handler.listener)
      assert.equal(await statusOf(request({ path: `/${when}` })), status)
      await seen(handler, when)
      assert.deepEqual(errors, [says])
      assert.deepEqual(said, [])
    })

    test(`an app that fails (${when}) is reported once on stderr over ${protocol}`, async (t) => {
      const said = quiet(t)
      const handler = openApp(t, 'raises_when')
      const request = await serve(t, protocol, handler.listener)
      assert.equal(await statusOf(request({ path: `/${when}` })), status)
      await seen(handler, when)
      assert.equal(said.length, 1)
      const text = said[0].map((each) => each.stack ?? each).join(' ')
      assert.match(text, says.startsWith('Python') ? /raises_when\.py[^]*ValueError: \w+\n$/ : new RegExp(says))
    })

    test(`an app that fails (${when}) is reported once where there is a next over ${protocol}`, async (t) => {
      const handler = openApp(t, 'raises_when')
      const errors = []
      handler.on('error', (error) => errors.push(['event', error.message]))
      const request = await serve(t, protocol, (req, res) => {
        handler.listener(req, res, (error) => {
          errors.push(['next', error.message])
          res.writeHead(500).end()
        })
      })
      assert.equal(await statusOf(request({ path: `/${when}` })), status)
      await seen(handler, when)
      assert.deepEqual(errors, [[status === 500 ? 'next' : 'event', says]])
    })
  }
}

for (const protocol of ['http', 'h2c']) {
  test(`an exception of the app after its client has left is reported once over ${protocol}`, async (t) => {
    const handler = openApp(t, 'raises_when')
    const errors = []
    handler.on('error', (error) => errors.push(error.message))
    const isHTTP2 = protocol === 'h2c'
    const server = isHTTP2 ? http2.createServer(handler.listener) : http.createServer(handler.listener)
    const port = await listen(t, server)
    for (const when of ['left', 'gone']) {
      if (isHTTP2) {
        const session = http2.connect(`http://127.0.0.1:${port}`)
        const stream = session.request({ ':path': `/${when}` })
        await once(stream, 'data')
        session.destroy()
      } else {
        const request = http.get({ port, path: `/${when}` })
        const [response] = await once(request, 'response')
        response.on('error', () => undefined)
        await once(response, 'data')
        request.destroy()
      }
      await seen(handler, when)
    }
    // send() must raise then, and this is no failure of the app.
    assert.deepEqual(errors, ['Python error: ValueError: left'])
  })
}

test('responses that a closing handler cuts are no failures', async (t) => {
  const said = quiet(t)
  const handler = openApp(t, 'gated')
  const errors = []
  handler.on('error', (error) => errors.push(error))
  const request = await serve(t, 'http', handler.listener)
  const response = request({ path: '/hold/closing' })
  await handler.handleRequest({ url: '/go/closing' })
  await until(() => handler.stats().bytesOut > 0, 'the response has begun')
  await Promise.all([assert.rejects(response), handler.close({ timeout: 0 })])
  await turn()
  assert.deepEqual([errors, said], [[], []])
})

for (
  const { when, status } of [
    { when: 'before', status: 500 },
    { when: 'middle', status: 401 },
    { when: 'accepted', status: null },
    { when: 'behind', status: null },
    { when: 'left', status: null },
  ]
) {
  test(`an exception of the app in a WebSocket (${when}) is reported once`, async (t) => {
    const handler = openApp(t, 'raises_when')
    const errors = []
    handler.on('error', (error) => errors.push(error.message))
    const server = http.createServer(handler.listener)
    server.on('upgrade', handler.upgrade)
    const port = await listen(t, server)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${when}`)
    socket.on('error', () => undefined)
    if (status === null) {
      await once(socket, 'open')
      if (when === 'left') socket.terminate()
      await once(socket, 'close')
    } else {
      const [request, response] = await once(socket, 'unexpected-response')
      assert.equal(response.statusCode, status)
      response.on('error', () => undefined)
      response.resume()
      await new Promise((resolve) => response.once('close', resolve))
      request.destroy()
    }
    await seen(handler, when)
    assert.deepEqual(errors, [`Python error: ValueError: ${when}`])
  })
}

test("a file that is shorter than its response's length is reported", async (t) => {
  const handler = openApp(t, 'promises_more')
  const errors = []
  handler.on('error', (error) => errors.push(error.code))
  const port = await listen(t, http.createServer(handler.listener))
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  await turn()
  assert.deepEqual(errors, ['ERR_ASGI_INCOMPLETE_RESPONSE'])
})
