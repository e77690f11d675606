'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')
const { PythonHandler } = require('../..')
const { docroot } = require('../conformance/support')
const { openApp } = require('../support')
const { openRaw } = require('./support')

const main = path.join(__dirname, '..', '..')

/** Runs a program that has a `handler` for raw_protocol, in a process of its own, and returns its output. */
function run(program) {
  const before = `const { PythonHandler } = require(${JSON.stringify(main)})
    const handler = new PythonHandler('raw_protocol:app', { docroot: ${JSON.stringify(docroot)} });`
  return promisify(execFile)(process.execPath, ['-e', `${before}\n${program}`], { timeout: 60_000 })
}

test('Node ends by itself when no connection is open', async () => {
  const { stdout, stderr } = await run(`(async () => {
    const connection = handler.connect({ type: 'talk' })
    await connection.send({ type: 'x' })
    console.log((await connection.receive()).type)
    await connection.send({ type: 'end' })
    console.log(await connection.receive())
    process.on('exit', (code) => console.log('exit', code))
  })()`)
  assert.deepEqual([stdout, stderr], ['echo\nnull\nexit 0\n', ''])
})

test('Node stays for a connection that is open', async () => {
  const { stdout } = await run(`(async () => {
    const connection = handler.connect({ type: 'late', gate: 'stays' })
    await connection.receive()
    setTimeout(() => handler.connect({ type: 'open', gate: 'stays' }), 50)
    await connection.send({ type: 'data', data: 'x' })
    await connection.send({ type: 'end' })
    console.log((await connection.receive()).bytes)
  })()`)
  assert.equal(stdout, '1\n')
})

const staying = `
  const connection = handler.connect({ type: 'talk' }, controller.signal)
  await connection.send({ type: 'stay', name: 'x', gate: 'never' })
  await connection.receive()
  // Its handler would be closed now, which gives the app its time.
  process.prependListener('beforeExit', () => {
    console.log('free')
    process.exit()
  })`

test('an app that goes on after a signal does not keep Node alive, unless its end is awaited', async () => {
  const { stdout } = await run(`(async () => {
    const controller = new AbortController()
    ${staying}
    controller.abort()
  })()`)
  assert.equal(stdout, 'free\n')
  const waited = await run(`(async () => {
    const controller = new AbortController()
    ${staying}
    controller.abort()
    const closing = connection.close().then(() => console.log('ended'))
    handler.connect({ type: 'open', gate: 'never' })
    await closing
  })()`)
  assert.equal(waited.stdout, 'ended\nfree\n')
})

test('the state of lifespan is in the scope', async (t) => {
  const handler = openApp(t, 'raw_protocol')
  assert.equal((await handler.connect({ type: 'scope' }).receive()).scope.state, undefined)
  const withState = new PythonHandler('raw_protocol:app_with_state', { docroot })
  t.after(() => withState.close())
  const event = await withState.connect({ type: 'talk' }).receive()
  assert.deepEqual(event, { type: 'state', state: { started: ['by', 'lifespan'] } })
})

test("context variables are each app’s own, and its log records are 'log' events", async (t) => {
  const { handler } = openRaw(t)
  const records = []
  handler.on('log', ({ level, logger, message }) => records.push({ level, logger, message }))
  const names = ['ann', 'bob', 'cy', 'dee']
  const connections = names.map((name) => handler.connect({ type: 'name', name }))
  for (let round = 0; round < 3; round++) {
    await Promise.all(connections.map((connection) => connection.send({ type: 'ask' })))
    const events = await Promise.all(connections.map((connection) => connection.receive()))
    assert.deepEqual(events.map(({ name }) => name), names)
  }
  for (const connection of connections) await connection.close()
  await new Promise(setImmediate)
  const heard = records.filter(({ logger }) => logger === 'raw_protocol')
  assert.equal(heard.length, 12)
  assert.deepEqual(heard.find(({ message }) => message === 'cy was asked'), {
    level: 'WARNING',
    logger: 'raw_protocol',
    message: 'cy was asked',
  })
})

test('one app may serve requests, sockets and connections of any type', async (t) => {
  const handler = openApp(t, 'dump_scope')
  const response = await handler.handleRequest({ url: '/x' })
  assert.equal(response.status, 200)
  const connection = handler.connect({ type: 'telnet' })
  await assert.rejects(connection.receive(), { code: 'ERR_ASGI_PYTHON' })
  assert.equal((await handler.handleRequest({ url: '/x' })).status, 200)
  assert.equal(handler.stats().requests, 2)
})
