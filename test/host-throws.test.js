'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { Request } = require('..')
const { core } = require('../js/binding')
const { listen, makeFolder, openApp, quiet, send, serve, until } = require('./support')

const SENDS_ITSELF = `
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": __file__})
`

/** Collects what a handler reports. */
function reports(handler) {
  const errors = []
  handler.on('error', (error) => errors.push(error))
  return errors
}

/** Waits for reports of a later tick. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A signal whose removeEventListener throws. */
function stickySignal() {
  const signal = new AbortController().signal
  signal.removeEventListener = () => {
    throw new Error('the signal keeps its listeners')
  }
  return signal
}

/** Asks for many answers that come in one batch, as all wait for the same. */
async function together(handler, count, ask) {
  const answers = Array.from({ length: count }, (_, index) => ask(index))
  const settled = Promise.allSettled(answers)
  await until(async () => {
    const { body } = await handler.handleRequest({ url: '/waiting' })
    return Number(body) === count
  }, `${count} requests wait`)
  await handler.handleRequest({ url: '/open' })
  return settled
}

test('a signal that throws is reported once, and no answer of its batch is lost', async (t) => {
  const handler = openApp(t, 'waits_for_gate')
  const errors = reports(handler)
  const results = await together(handler, 64, (index) => {
    return handler.handleRequest({ url: '/wait' }, index === 5 ? stickySignal() : undefined)
  })
  for (const { value, reason } of results) assert.equal(value?.body.toString(), 'gone on', reason)
  await turn()
  assert.deepEqual(errors.map((error) => error.message), ['the signal keeps its listeners'])
})

test('streams, WebSockets and calls of any protocol end also with a signal that throws', async (t) => {
  const stream = openApp(t, 'hello')
  const streamErrors = reports(stream)
  const response = await stream.handleStream(new Request({ url: '/' }), stickySignal())
  assert.equal((await response.next()).toString(), 'Hello, World!')
  assert.equal(await response.next(), null)
  await turn()
  assert.equal(streamErrors.length, 1)

  const socket = openApp(t, 'ws_echo')
  const socketErrors = reports(socket)
  const request = new Request({ url: '/', websocket: true })
  const open = await socket.handleStream(request, stickySignal())
  await request.end()
  assert.equal(await open.nextMessage(), null)
  await turn()
  assert.equal(socketErrors.length, 1)
})

test('a response that cannot be made is an error of its own request', async (t) => {
  const handler = openApp(t, 'waits_for_gate')
  const { onComplete } = core.BufferedExchange.prototype
  let made = 0
  t.mock.method(core.BufferedExchange.prototype, 'onComplete', function complete(status, head, body) {
    if (String(body) === 'gone on' && ++made === 3) throw new Error('no response today')
    return onComplete.call(this, status, head, body)
  })
  const results = await together(handler, 16, () => handler.handleRequest({ url: '/wait' }))
  const failed = results.filter(({ status }) => status === 'rejected')
  assert.deepEqual(failed.map(({ reason }) => reason.message), ['no response today'])
  assert.equal(handler.stats().inFlight, 0)
})

/** What a middleware may put in front of a response's own functions. */
const BREAKS = ['writeHead', 'end', 'write', 'flushHeaders', 'setHeader']

for (const protocol of ['http', 'h2c']) {
  for (const name of BREAKS) {
    for (const path of ['/1/10/known', '/3/10', '/3/100000']) {
      test(`a ${name} that throws ends its own request only: ${path} over ${protocol}`, async (t) => {
        const handler = openApp(t, 'numbered_chunks')
        const errors = reports(handler)
        let thrown = 0
        const request = await serve(t, protocol, (req, res) => {
          if (req.headers['x-break'] !== undefined) {
            res[name] = () => {
              thrown++
              throw new Error(`${name} threw`)
            }
          }
          handler.listener(req, res)
        })
        const answers = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => {
          return request({ path, headers: index === 4 ? { 'x-break': '1' } : {} })
        }))
        for (const [index, { status, reason }] of answers.entries()) {
          if (index !== 4) assert.equal(status, 'fulfilled', `${index}: ${reason}`)
        }
        await turn()
        if (thrown === 0) assert.equal(answers[4].value.status, 200)
        else if (answers[4].status === 'fulfilled') assert.equal(answers[4].value.status, 500)
        assert.deepEqual(errors.map((error) => error.message), thrown === 0 ? [] : [`${name} threw`])
        assert.equal(handler.stats().inFlight, 0)
      })
    }
  }
}

for (const protocol of ['http', 'h2c']) {
  for (const isSame of [true, false]) {
    const what = isSame ? 'the error that it got' : 'an error of its own'
    test(`a next that throws ${what} leaves its client with a 500 over ${protocol}`, async (t) => {
      const handler = openApp(t, 'raises')
      const errors = reports(handler)
      const request = await serve(t, protocol, (req, res) => {
        handler.listener(req, res, (error) => {
          throw isSame ? error : new Error('next threw')
        })
      })
      assert.equal((await request({ path: '/before' })).status, 500)
      await turn()
      const expected = ['Python error: ValueError: not today']
      assert.deepEqual(errors.map((error) => error.message), isSame ? expected : ['next threw', ...expected])
    })
  }
}

test('a next that throws does not touch the other requests of its batch', async (t) => {
  const handler = openApp(t, 'answers_when')
  const errors = reports(handler)
  const port = await listen(
    t,
    http.createServer((req, res) => {
      handler.listener(req, res, () => {
        throw new Error('next threw')
      })
    }),
  )
  const agent = new http.Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const answers = await Promise.all(Array.from({ length: 32 }, (_, index) => {
    return send({ port, agent, path: index % 8 === 3 ? `/fails/${index}` : `/turn/${index}` })
  }))
  for (const [index, { status, body }] of answers.entries()) {
    if (index % 8 === 3) assert.equal(status, 500)
    else assert.equal(body.toString(), String(index))
  }
  await turn()
  assert.equal(errors.filter(({ message }) => message === 'next threw').length, 4)
  assert.equal(errors.filter(({ message }) => message.startsWith('Python error: ValueError')).length, 4)
})

test('a file whose response throws is closed, and other files go on', async (t) => {
  const docroot = makeFolder(t, { 'sends_itself.py': SENDS_ITSELF })
  const handler = openApp(t, 'sends_itself', { docroot })
  const errors = reports(handler)
  const port = await listen(
    t,
    http.createServer((req, res) => {
      if (req.headers['x-break'] !== undefined) {
        res.write = () => {
          throw new Error('write threw')
        }
      }
      handler.listener(req, res)
    }),
  )
  const answers = await Promise.allSettled([0, 1, 2].map((index) => {
    return send({ port, path: '/', headers: index === 1 ? { 'x-break': '1' } : {} })
  }))
  assert.deepEqual(answers.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  await turn()
  assert.deepEqual(errors.map((error) => error.message), ['write threw'])
})

test('a time that is over is over for all, also when the answer to one of them throws', async (t) => {
  const handler = openApp(t, 'answers_when', { responseTimeout: 50 })
  const errors = reports(handler)
  let count = 0
  const port = await listen(
    t,
    http.createServer((req, res) => {
      const isFirst = count++ === 0
      if (isFirst) {
        res.writeHead = () => {
          throw new Error('writeHead threw')
        }
      }
      handler.listener(req, res)
    }),
  )
  const answers = await Promise.allSettled([0, 1, 2, 3].map(() => send({ port, path: '/never/x' })))
  assert.equal(answers.filter(({ status }) => status === 'rejected').length, 1)
  assert.deepEqual(answers.map(({ value }) => value?.status).filter((status) => status !== undefined), [500, 500, 500])
  await turn()
  assert.equal(errors.length, 4)
})

test('closing ends all responses, also when the end of one throws', async (t) => {
  quiet(t)
  const handler = openApp(t, 'answers_when')
  let count = 0
  const port = await listen(
    t,
    http.createServer((req, res) => {
      if (count++ === 0) {
        res.writeHead = () => {
          throw new Error('writeHead threw')
        }
      }
      handler.listener(req, res)
    }),
  )
  const answers = Promise.allSettled([0, 1, 2, 3].map(() => send({ port, path: '/never/x' })))
  await until(() => handler.stats().inFlight === 4, 'all requests are in flight')
  await handler.close({ timeout: 0 })
  const statuses = (await answers).map(({ value }) => value?.status)
  assert.deepEqual(statuses.sort(), [503, 503, 503, undefined])
})

test("an exception of a channel's subscriber is not an error of the request, and other requests are answered", async (t) => {
  const { subscribe, unsubscribe } = require('node:diagnostics_channel')
  const handler = openApp(t, 'waits_for_gate')
  const uncaught = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error.message))
  const harm = ({ request }) => {
    if (request.url === '/wait') throw new Error('a subscriber threw')
  }
  subscribe('python-node:request:end', harm)
  t.after(() => {
    unsubscribe('python-node:request:end', harm)
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  const results = await together(handler, 8, () => handler.handleRequest({ url: '/wait' }))
  for (const { value } of results) assert.equal(value.body.toString(), 'gone on')
  await turn()
  assert.deepEqual(uncaught, Array(8).fill('a subscriber threw'))
})

for (const protocol of ['http', 'h2c']) {
  test(`a response that two listeners get is answered once, and reported once, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'hello')
    const errors = reports(handler)
    const request = await serve(t, protocol, (req, res) => {
      handler.listener(req, res)
      handler.listener(req, res)
    })
    const response = await request({ path: '/' })
    assert.equal(response.status, 200)
    assert.equal(response.body.toString(), 'Hello, World!')
    await turn()
    assert.deepEqual(errors.map(({ code, message }) => [code, message]), [
      ['ERR_ASGI_REQUEST_USED', 'Response has already been passed to a listener: pass each only once'],
    ])
  })

  test(`a response that has ended is left alone, and reported, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'hello')
    const errors = reports(handler)
    const request = await serve(t, protocol, (req, res) => {
      res.end('answered before')
      handler.listener(req, res, assert.fail)
    })
    assert.equal((await request({ path: '/' })).body.toString(), 'answered before')
    await turn()
    assert.deepEqual(errors.map(({ code }) => code), ['ERR_ASGI_REQUEST_USED'])
    assert.equal(handler.stats().requests, 0)
  })

  test(`a response that has begun is cut, and reported, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'hello')
    const errors = reports(handler)
    const request = await serve(t, protocol, (req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' })
      res.write('begun before')
      handler.listener(req, res)
    })
    await assert.rejects(request({ path: '/' }))
    assert.deepEqual(errors.map(({ code }) => code), ['ERR_ASGI_REQUEST_USED'])
  })

  test(`a response that was destroyed is reported, and the app not asked, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'hello')
    const errors = reports(handler)
    const request = await serve(t, protocol, (req, res) => {
      if (res.stream === undefined) res.destroy()
      else res.stream.destroy()
      handler.listener(req, res)
    })
    await assert.rejects(request({ path: '/' }))
    await turn()
    assert.deepEqual(errors.map(({ code }) => code), ['ERR_ASGI_DISCONNECTED'])
    assert.equal(handler.stats().requests, 0)
  })
}
