'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { send, until } = require('../support')
const { serve } = require('./support')

const APP = 'tells_its_process:app'

for (const [name, args] of [['one process', []], ['two workers', ['--workers', '2']]]) {
  test(`${name}: with a drain delay, health says 503 first while others are served, and the port closes later`, async (t) => {
    const options = ['--health-path', '/health', '--drain-delay', '3', '--no-access-log', ...args]
    const { child, port, says, ended } = await serve(t, APP, options)
    const ask = (path) => send({ port, path, agent: false })
    assert.equal((await ask('/health')).status, 200)
    child.kill('SIGTERM')
    await says(/Closing/)
    // It is not known when the signal arrives at the workers.
    let health
    await until(async () => (health = await ask('/health')).status !== 200, 'health is no longer 200')
    assert.equal(health.status, 503)
    const served = await send({ port, path: '/', agent: false, headers: { connection: 'keep-alive' } })
    assert.equal(served.status, 200)
    assert.equal(served.headers.connection, 'close')
    const { code, stderr } = await ended
    assert.equal(code, 0, stderr)
  })
}
