'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler, StatelessServer } = require('../..')
const { core } = require('../../python-node.node')
const { docroot, isSettled } = require('../conformance/support')
const { Recorder, aborted, run } = require('./recorder')
const { openRaw } = require('./support')
const { until } = require('../support')

for (
  const [way, handle] of [['ends', async () => undefined], ['rejects', () => Promise.reject(new Error('no port'))]]
) {
  test(`when handle() ${way}, so does run(), and all apps are cancelled`, async (t) => {
    let start
    const started = new Promise((resolve) => (start = resolve))
    const { handler, server, running, report } = run(t, {}, async () => {
      await started
      await handle()
    })
    server.get('a').put({ type: 'pause', name: way })
    const failing = server.get('b')
    await failing.put({ type: 'raise', text: 'just before' })
    await server.until(() => server.sent.length > 0)
    await until(() => !failing.isOpen, 'the app has ended')
    start()
    if (way === 'ends') await running
    else await assert.rejects(running, { message: 'no port' })
    assert.equal(handler.stats().inFlight, 0)
    assert.equal(server.applicationInstances.size, 0)
    assert.equal(core.slots.live, 0)
    const { live, journal } = await report()
    assert.equal(live, 0)
    assert.ok(journal.includes(`${way} ended`))
    assert.deepEqual(server.exceptions.map(({ details }) => details.scopeId), ['b'])
    assert.throws(() => server.get('late'), { code: 'ERR_ASGI_CLOSED', message: /is not running/ })
  })
}

test('a signal ends run() in good order, whatever handle() does', async (t) => {
  const handles = [
    (signal) => aborted(signal),
    () => new Promise(() => undefined),
    (signal) => once(new EventTarget(), 'never', { signal }),
  ]
  for (const handle of handles) {
    const { handler, server, end } = run(t, {}, handle)
    const errors = []
    handler.on('error', (error) => errors.push(error))
    server.get('a').put({ type: 'pause', name: 'x' })
    await server.until(() => server.sent.length > 0)
    await end()
    assert.equal(core.slots.live, 0)
    await new Promise(setImmediate)
    assert.deepEqual(errors, [])
  }
})

test('a rejection of handle() after the signal is reported', async (t) => {
  const { handler, end } = run(t, {}, async (signal) => {
    await aborted(signal)
    throw new Error('could not close')
  })
  const heard = once(handler, 'error')
  await end()
  assert.equal((await heard)[0].message, 'could not close')
})

test('a signal that is aborted already runs nothing', async (t) => {
  const { handler } = openRaw(t)
  const server = new Recorder(handler, {}, () => assert.fail('handle() was called'))
  await server.run(AbortSignal.abort())
})

test('run() waits for an app that goes on after it was cancelled', async (t) => {
  const { server, end, open, report } = run(t)
  server.get('a').put({ type: 'stay', name: 'server', gate: 'server' })
  await server.until(() => server.sent.length > 0)
  const ending = end()
  await until(async () => (await report()).journal.includes('server ended'), 'the app is cancelled')
  assert.equal(await isSettled(ending), false)
  await assert.rejects(server.run(), { message: /is already running/ })
  assert.throws(() => server.get('b'), { code: 'ERR_ASGI_CLOSED' })
  await open('server')
  await ending
  assert.equal((await report()).live, 0)
})

test('run() can be called again when it has ended, not before', async (t) => {
  const { handler } = openRaw(t)
  const server = new Recorder(handler)
  const first = new AbortController()
  const running = server.run(first.signal)
  await assert.rejects(server.run(), { message: /is already running/ })
  server.get('a')
  first.abort()
  await running
  const second = new AbortController()
  const again = server.run(second.signal)
  await server.get('a').put({ type: 'x' })
  await server.until(() => server.sent.length === 1)
  second.abort()
  await again
})

test('closing the handler ends the apps without an exception', async (t) => {
  const { handler, server, end } = run(t)
  const instance = server.get('a')
  await instance.put({ type: 'x' })
  await server.until(() => server.sent.length === 1)
  await handler.close({ timeout: 0 })
  assert.equal(instance.isOpen, false)
  assert.throws(() => server.get('b'), { code: 'ERR_ASGI_CLOSED' })
  await end()
  assert.deepEqual(server.exceptions, [])
})

test('invalid options and missing overrides are errors that say why', async (t) => {
  const { handler } = openRaw(t)
  assert.throws(() => new StatelessServer(), { code: 'ERR_ASGI_INVALID_INPUT', message: /Expected a PythonHandler/ })
  for (const maxApplications of [0, -1, 1.5, '5', Number.NaN, null]) {
    assert.throws(() => new StatelessServer(handler, { maxApplications }), { code: 'ERR_ASGI_INVALID_OPTION' })
  }
  assert.equal(new StatelessServer(handler).maxApplications, 1000)
  assert.equal(new StatelessServer(handler).applicationCheckerInterval, 100)
  class Half extends StatelessServer {}
  await assert.rejects(new Half(handler).run(), { message: 'Half has to override handle()' })
  class Deaf extends StatelessServer {
    heard = new Promise((resolve) => (this.hear = resolve))
    async handle() {
      await this.getOrCreateApplicationInstance('a', { type: 'talk' }).put({ type: 'x' })
      await this.heard
    }
    applicationException(error) {
      this.hear(error)
    }
  }
  const deaf = new Deaf(handler)
  await deaf.run()
  assert.equal((await deaf.heard).message, 'Deaf has to override applicationSend()')
})

/** Runs a program that has a StatelessServer for raw_protocol without any handle(), in a process of its own. */
function runProgram(program) {
  const main = JSON.stringify(path.join(__dirname, '..', '..'))
  const before = `const { PythonHandler, StatelessServer } = require(${main})
    class Idle extends StatelessServer {
      handle() {
        return new Promise(() => undefined)
      }
      applicationException(error) {
        console.log(error.message)
      }
    }
    process.on('exit', () => console.log('exit'))
    const server = new Idle(new PythonHandler('raw_protocol:app', { docroot: ${JSON.stringify(docroot)} }))
    server.run();`
  return execFileSync(process.execPath, ['-e', before + program], { encoding: 'utf8', timeout: 60_000 })
}

test('Node ends although a server runs, when nothing is open', () => {
  assert.equal(runProgram(''), 'exit\n')
  const ended =
    "server.applicationCheckerInterval = 3_600_000; server.getOrCreateApplicationInstance('a', { type: 'talk' })"
  assert.equal(runProgram(`${ended}.put({ type: 'end' })`), 'exit\n')
})

test('Node stays until an exception is reported', () => {
  const raising = "server.getOrCreateApplicationInstance('a', { type: 'talk' }).put({ type: 'raise', text: 'told' })"
  assert.equal(runProgram(raising), 'Python error: ValueError: told\nexit\n')
})

test('the handler of a server may be shared, with requests and connections of others', async (t) => {
  const handler = new PythonHandler('raw_protocol:app', { docroot })
  const servers = [new Recorder(handler), new Recorder(handler)]
  const ending = new AbortController()
  const running = servers.map((server) => server.run(ending.signal))
  for (const [index, server] of servers.entries()) server.get('same id').put({ type: 'x', index })
  for (const server of servers) await server.until(() => server.sent.length === 1)
  assert.deepEqual(servers.map(({ sent }) => sent[0].event.event.index), [0, 1])
  const own = handler.connect({ type: 'talk' })
  ending.abort()
  await Promise.all(running)
  assert.equal(own.isOpen, true)
  await own.close()
  t.after(() => handler.close())
})
