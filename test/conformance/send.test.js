'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { openApp, quiet, serve } = require('../support')
const { PROTOCOLS, connect, json } = require('./support')

/** Plays a scene of log-errors.js in a process of its own, to capture its stderr. */
function play(scene) {
  const script = path.join(__dirname, '..', 'fixtures', 'log-errors.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, scene], { encoding: 'utf8', timeout: 60000 })
  assert.equal(status, 0, stderr)
  return { stdout: stdout.trim(), stderr }
}

for (const protocol of PROTOCOLS) {
  test(`A15 D21 an exception ends its request, and not the connection's server, over ${protocol}`, async (t) => {
    const said = quiet(t)
    const request = await serve(t, protocol, openApp(t, 'raises').listener)
    assert.equal((await request({ path: '/before' })).status, 500)
    await assert.rejects(request({ path: '/after' }))
    assert.equal((await request({ path: '/before' })).status, 500)
    // Some Nodes warn first, in the same way, that an address is no server's name.
    assert.match(said.flat().join(' '), /raises\.py", line \d+, in app[^]*ValueError: not today/)
  })

  test(`D2 D27 the head and the first chunk reach the client before the app ends over ${protocol}`, async (t) => {
    const handler = openApp(t, 'gated')
    const open = await connect(t, protocol, handler.listener)
    const client = open(`/hold/${protocol}`)
    await handler.handleRequest({ url: `/go/${protocol}` })
    assert.equal(await client.status(), 200)
    assert.equal(await client.next(), 'first')
    await handler.handleRequest({ url: `/go/${protocol}` })
    assert.equal(await client.next(), 'second')
    await client.end()
  })

  test(`D29 work after the last body goes on, and does not delay the response, over ${protocol}`, async (t) => {
    const handler = openApp(t, 'gated')
    const request = await serve(t, protocol, handler.listener)
    const target = `background-${protocol}`
    assert.equal((await request({ path: `/background/${target}` })).body.toString(), 'complete')
    // The same connection serves the next request meanwhile.
    assert.equal((await request({ path: `/background/other-${protocol}` })).body.toString(), 'complete')
    await handler.handleRequest({ url: `/go/${target}` })
    assert.equal(await json(handler, `/seen/${target}`), 'done')
    await handler.handleRequest({ url: `/go/other-${protocol}` })
  })

  test(`A5 D30 send() raises an OSError of its own class once the client has left over ${protocol}`, async (t) => {
    const handler = openApp(t, 'send_after_disconnect')
    const open = await connect(t, protocol, handler.listener)
    assert.equal(await json(handler, '/version/'), '2.3')
    for (const kind of ['catch', 'full', 'bubble', 'wrap']) {
      const client = open(`/${kind}/${kind}-${protocol}`)
      assert.match(await client.next(), /^first/)
      client.leave()
      const errors = await json(handler, `/seen/${kind}-${protocol}`)
      assert.equal(errors.length, kind === 'catch' || kind === 'full' ? 3 : 1)
      for (const error of errors) {
        assert.deepEqual(error, { name: 'ClientDisconnected', is_os_error: true, is_own: true })
      }
    }
  })
}

test('D2 the API gives the response at its start, before there is a body', async (t) => {
  const handler = openApp(t, 'gated')
  const response = await handler.handleStream({ url: '/hold/api' })
  assert.equal(response.status, 200)
  const first = response.next()
  await handler.handleRequest({ url: '/go/api' })
  assert.equal((await first).toString(), 'first')
  await handler.handleRequest({ url: '/go/api' })
  assert.equal((await response.next()).toString(), 'second')
  assert.equal(await response.next(), null)
})

test('A16 D30 D32 an exception of send() that the app lets out fails nothing else', async (t) => {
  const handler = openApp(t, 'send_after_disconnect')
  for (const kind of ['bubble', 'wrap', 'full', 'catch']) {
    const response = await handler.handleStream({ url: `/${kind}/api-${kind}` })
    assert.match((await response.next()).toString(), /^first/)
    response.destroy()
    const [error] = await json(handler, `/seen/api-${kind}`)
    assert.equal(error.is_os_error, true)
  }
  assert.equal(handler.stats().errors, 0)
  assert.equal(handler.stats().disconnects, 4)
})

test('D28 an app that returns a value is reported, and its response stands', () => {
  const { stdout, stderr } = play('returns')
  assert.equal(stdout, '200 ok')
  assert.match(stderr, /should return None, but returned 'forty-two'/)
})

test('D29 an exception after the last body is logged with its traceback', () => {
  const { stdout, stderr } = play('background')
  assert.equal(stdout, '200 complete')
  assert.match(stderr, /Traceback[^]*gated\.py[^]*LookupError: background work of background failed/)
})

for (const scene of ['bubble', 'wrap']) {
  test(`A16 D31 the exception of send() after a disconnect is not logged: ${scene}`, () => {
    const { stdout, stderr } = play(scene)
    assert.equal(JSON.parse(stdout)[0].is_os_error, true)
    assert.equal(stderr, '')
  })
}
