'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { send } = require('../support')
const { serve } = require('./support')

const faults = path.join(__dirname, '..', '..', 'Fixtures', 'faults')

async function get(port, url) {
  const { status, body } = await send({ port, path: url, agent: false })
  assert.equal(status, 200)
  return JSON.parse(body.toString())
}

test('a signal that the app has taken when it was imported goes to the app, and it is served on', async (t) => {
  const { child, ended, output, port, says } = await serve(t, 'takes_signals:app')
  child.kill('SIGHUP')
  await says(/^configuration read again$/m)
  assert.equal(await get(port, '/'), child.pid)
  assert.doesNotMatch(output.stdout, /Closing/)
  child.kill('SIGINT')
  assert.equal((await ended).code, 0)
})

test('a handler of the app that calls the previous one ends the server gracefully', async (t) => {
  const { child, ended } = await serve(t, 'takes_signals:app')
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^before the end$[^]*Closing[^]*Closed$/m)
})

test('a worker has the signals that its app has taken', async (t) => {
  const { child, ended, output, port, says } = await serve(t, 'takes_signals:app', ['--workers', '2'])
  process.kill(await get(port, '/'), 'SIGHUP')
  await says(/^configuration read again$/m)
  assert.doesNotMatch(output.stderr, /another one starts/)
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
})

for (const args of [[], ['--workers', '2'], ['--reload']]) {
  test(`children that the app ends do not end the server: ${args.join(' ') || 'one process'}`, async (t) => {
    const options = ['--app-dir', faults, '--no-access-log', ...args]
    const { child, ended, output, port } = await serve(t, 'starts_processes:app', options)
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await get(port, '/terminated'), [-15, [0, 1, 4, 9]])
      assert.deepEqual(await get(port, '/signalled'), { SIGTERM: -15, SIGHUP: -1, SIGINT: 8, SIGUSR1: -10 })
    }
    assert.doesNotMatch(output.stdout, /Closing/)
    assert.equal(output.stderr, '')
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })
}
