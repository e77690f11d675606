'use strict'

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const express = require('express')
const { test } = require('node:test')
const { openApp, quiet, serve } = require('./support')

const PLAIN = 'Internal Server Error'

/** Collects the reports of a handler's requests: 'error' events, and the ends of requests on the channels. */
function collect(t, handler) {
  const told = []
  handler.on('error', (error) => told.push(['event', error.message]))
  for (const name of ['request:end', 'request:error']) {
    const hear = ({ request, status, error }) => {
      if (request.handler === handler) told.push([name, status, ...(error === undefined ? [] : [error.message])])
    }
    subscribe(`python-node:${name}`, hear)
    t.after(() => unsubscribe(`python-node:${name}`, hear))
  }
  return told
}

const says = (how) => `Python error: ValueError: ${how}`

/** Waits for reports of a later tick. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

for (const how of ['plain', 'own', 'logs']) {
  test(`an exception of the app after its own 500 (${how}) is in the response of handleRequest, and an error everywhere`, async (t) => {
    const handler = openApp(t, 'answers_and_raises')
    const told = collect(t, handler)
    const response = await handler.handleRequest({ url: `/${how}` })
    assert.equal(response.status, 500)
    assert.equal(await response.text(), how === 'own' ? '{"error": "own"}' : PLAIN)
    assert.match(response.exception, new RegExp(`^Traceback [^]*answers_and_raises\\.py[^]*\\nValueError: ${how}\\n$`))
    assert.equal(response.toJSON().exception, response.exception)
    if (how === 'logs') assert.match(String(response.log), /shop:it has failed/)
    await turn()
    assert.deepEqual(told, [['request:error', 500, says(how)], ['event', says(how)]])
    assert.equal(handler.stats().errors, 1)
    assert.equal(handler.stats().inFlight, 0)
  })
}

test('handleRequestSync and handleStream have the exception as well', async (t) => {
  const handler = openApp(t, 'answers_and_raises')
  const told = collect(t, handler)
  const whole = handler.handleRequestSync({ url: '/own' })
  assert.deepEqual([whole.status, String(whole.body)], [500, '{"error": "own"}'])
  assert.match(whole.exception, /ValueError: own\n$/)
  const streamed = await handler.handleStream({ url: '/plain' })
  assert.match(streamed.exception, /ValueError: plain\n$/)
  assert.equal(await streamed.text(), PLAIN)
  assert.match(streamed.exception, /ValueError: plain\n$/)
  await turn()
  assert.deepEqual(told.map(([name]) => name).sort(), ['event', 'event', 'request:error', 'request:error'])
})

for (const how of ['waits', 'pieces']) {
  test(`an exception of the app later than its own 500 (${how}) is counted and reported once`, async (t) => {
    const handler = openApp(t, 'answers_and_raises')
    const told = collect(t, handler)
    const heard = new Promise((resolve) => handler.once('error', resolve))
    const response = await handler.handleRequest({ url: `/${how}` })
    assert.equal(await response.text(), PLAIN)
    await heard
    assert.equal(handler.stats().errors, 1)
    assert.deepEqual(told, [['request:end', 500], ['event', says(how)]])
  })
}

test('a 500 of an app that does not raise is no exception', async (t) => {
  const handler = openApp(t, 'answers_and_raises')
  const told = collect(t, handler)
  const response = await handler.handleRequest({ url: '/quiet' })
  assert.deepEqual([response.status, response.exception], [500, null])
  await turn()
  assert.deepEqual(told, [['request:end', 500]])
  assert.equal(handler.stats().errors, 0)
})

for (const protocol of ['http', 'h2c']) {
  test(`a client of listener gets the answer of the app, and stderr the traceback once, over ${protocol}`, async (t) => {
    const said = quiet(t)
    const handler = openApp(t, 'answers_and_raises')
    const request = await serve(t, protocol, handler.listener)
    for (const [how, text] of [['plain', PLAIN], ['own', '{"error": "own"}']]) {
      const { status, body } = await request({ path: `/${how}` })
      assert.deepEqual([status, String(body)], [500, text])
    }
    await turn()
    assert.deepEqual(said.map(([heading]) => heading.split('\n')[0]), Array(2).fill('Exception in ASGI application'))
    assert.match(said[0][1], /ValueError: plain\n$/)
    assert.equal(handler.stats().errors, 2)
  })

  test(`a plain 500 leaves the answer to next, one of the app's own is sent and reported, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'answers_and_raises')
    const told = collect(t, handler)
    const request = await serve(t, protocol, (req, res) => {
      handler.listener(req, res, (error) => {
        told.push(['next', error.message])
        res.writeHead(503).end('from next')
      })
    })
    for (const method of ['GET', 'HEAD']) {
      const { status, body } = await request({ method, path: '/plain' })
      assert.deepEqual([status, String(body)], [503, method === 'GET' ? 'from next' : ''])
    }
    const { status, body } = await request({ path: '/own' })
    assert.deepEqual([status, String(body)], [500, '{"error": "own"}'])
    await turn()
    assert.deepEqual(told, [
      ['request:error', 500, says('plain')],
      ['next', says('plain')],
      ['request:error', 500, says('plain')],
      ['next', says('plain')],
      ['request:error', 500, says('own')],
      ['event', says('own')],
    ])
  })
}

test("Express' error handler replaces an app's plain Internal Server Error", async (t) => {
  const app = express()
  app.use(openApp(t, 'answers_and_raises').listener)
  app.use((error, req, res, next) => res.status(500).json({ code: error.code, message: error.message }))
  const request = await serve(t, 'http', app)
  const { body } = await request({ path: '/plain' })
  assert.deepEqual(JSON.parse(body), { code: 'ERR_ASGI_PYTHON', message: says('plain') })
})

test('hundreds of errors at once each have their own exception', async (t) => {
  const handler = openApp(t, 'answers_and_raises')
  const told = collect(t, handler)
  const ways = Array.from({ length: 300 }, (_, at) => ['plain', 'own', 'quiet', 'logs'][at % 4])
  const responses = await Promise.all(ways.map((how) => handler.handleRequest({ url: `/${how}` })))
  for (const [at, { exception }] of responses.entries()) {
    if (ways[at] === 'quiet') assert.equal(exception, null)
    else assert.match(exception, new RegExp(`ValueError: ${ways[at]}\n$`))
  }
  await turn()
  assert.equal(told.filter(([name]) => name === 'event').length, 225)
  assert.equal(handler.stats().errors, 225)
})
