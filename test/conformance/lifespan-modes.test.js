'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { json, openLifespan: open } = require('./support')

/** The number of the app's requests. */
const requestsIn = (log) => log.filter((entry) => String(entry).startsWith('request')).length

for (const options of [{}, { lifespan: 'auto' }]) {
  const given = options.lifespan ?? 'none given'
  for (const name of ['raises_at_once', 'raises_in_startup', 'returns_at_once']) {
    test(`H5 H14 H15 an app that ${name} serves without lifespan: ${given}`, async (t) => {
      const { handler } = open(t, name, options)
      await handler.ready()
      assert.equal((await json(handler, '/')).has_state, false)
      await handler.close()
    })
  }
}

test("H14 with lifespan 'off' the app gets no lifespan scope and has no state", async (t) => {
  const { handler, log } = open(t, 'returns_after_startup', { lifespan: 'off' })
  await handler.ready()
  assert.equal((await json(handler, '/')).has_state, false)
  await handler.close()
  assert.deepEqual(await log(), ['request root', 'response root'])
})

const UNSUPPORTED = {
  raises_at_once: { code: 'ERR_ASGI_PYTHON', message: 'Python error: NotImplementedError: no lifespan here' },
  raises_in_startup: { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: no settings' },
  returns_at_once: { code: 'ERR_ASGI_LIFESPAN', message: /lifespan/ },
}

for (const [name, expected] of Object.entries(UNSUPPORTED)) {
  test(`H14 with lifespan 'on' an app that ${name} does not serve`, async (t) => {
    const { handler, log } = open(t, name, { lifespan: 'on' })
    const served = requestsIn(await log())
    await assert.rejects(handler.ready(), expected)
    await assert.rejects(handler.handleRequest({ url: '/' }), expected)
    assert.throws(() => handler.handleRequestSync({ url: '/' }), expected)
    assert.equal(requestsIn(await log()), served)
    await handler.close()
  })
}

for (const options of [{}, { lifespan: 'on' }]) {
  test(`H6 startup.failed refuses to serve, with the message of the app: ${options.lifespan ?? 'auto'}`, async (t) => {
    const { handler, log } = open(t, 'fails_to_start', options)
    const expected = { code: 'ERR_ASGI_LIFESPAN', message: 'no database' }
    // One that waits for startup, and one after it.
    const waiting = assert.rejects(handler.handleRequest({ url: '/' }), expected)
    await assert.rejects(handler.ready(), expected)
    await waiting
    await assert.rejects(handler.handleRequest({ url: '/' }), expected)
    await assert.rejects(handler.handleStream({ url: '/' }), expected)
    assert.throws(() => handler.handleRequestSync({ url: '/' }), expected)
    assert.equal(requestsIn(await log()), 0)
    await handler.close()
  })
}

test('H7 startup.failed needs no message', async (t) => {
  const { handler } = open(t, 'fails_without_message')
  await assert.rejects(handler.ready(), { code: 'ERR_ASGI_LIFESPAN', message: 'Application startup failed' })
})

test('H15 an app that returns after startup serves with its state, and close() does not wait for it', async (t) => {
  const { handler } = open(t, 'returns_after_startup')
  await handler.ready()
  assert.equal((await json(handler, '/')).has_state, true)
  await handler.close()
})

test('H9 H15 an app that returns in shutdown without a word has shut down', async (t) => {
  const { handler, log } = open(t, 'returns_in_shutdown')
  await handler.ready()
  await handler.close()
  assert.equal((await log()).at(-1), 'lifespan.shutdown')
})

test('H16 lifespan messages out of order raise, and those in order count', async (t) => {
  const { handler, log } = open(t, 'misordered')
  await handler.ready()
  assert.equal((await json(handler, '/')).has_state, true)
  await handler.close()
  const entries = (await log()).filter((entry) => Array.isArray(entry) || String(entry).startsWith('lifespan'))
  assert.deepEqual(entries, [
    ['lifespan.startup.complete.not', 'ValueError'],
    ['http.response.start', 'ValueError'],
    [null, 'KeyError'],
    ['lifespan.shutdown.complete', 'RuntimeError'],
    'lifespan.startup',
    ['lifespan.startup.complete', null],
    ['lifespan.startup.complete', 'RuntimeError'],
    ['lifespan.startup.failed', 'RuntimeError'],
    ['lifespan.shutdown.complete', 'RuntimeError'],
    'lifespan.shutdown',
    ['lifespan.shutdown.complete', null],
    ['lifespan.shutdown.complete', 'RuntimeError'],
  ])
})

test('H8 H9 close() before the end of startup does not wait for it for ever', { timeout: 20000 }, async (t) => {
  const { handler, until, log } = open(t, 'closed_early')
  const rejected = assert.rejects(handler.handleRequest({ url: '/' }), { code: 'ERR_ASGI_CLOSED' })
  await until('lifespan.startup')
  await handler.close({ timeout: 0 })
  await rejected
  // Its startup is cancelled, and it never gets a request.
  await until('startup given up')
  assert.equal(requestsIn(await log()), 0)
})
