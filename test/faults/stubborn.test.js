'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { listen, temporaryFolder, until } = require('../support')
const { Scene, docroot, isHosted, outcomeOf, run, settled, textOf } = require('./support')

const json = async (handler, url) => JSON.parse(await textOf(handler, url))

test(
  'a blocked event loop answers all others afterwards, and Node goes on meanwhile',
  { skip: isHosted },
  async (t) => {
    const { handler, others } = new Scene(t, 'will_not_stop')
    const file = path.join(temporaryFolder(t), 'gate')
    await textOf(others, '/now/begun')
    const blocking = textOf(handler, `/block/loop?${file}`)
    const waiting = Array.from({ length: 50 }, (_, number) => textOf(others, `/timer/${number}`))
    let ticks = 0
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        if (++ticks < 50) return
        clearInterval(timer)
        resolve()
      }, 2)
    })
    fs.writeFileSync(file, '')
    assert.equal(await blocking, '[]')
    assert.deepEqual(await Promise.all(waiting), Array.from({ length: 50 }, (_, number) => `${number}`))
    await settled(handler, others)
  },
)

test('an app that goes on sending to a client that has left gets an error, and others are served', async (t) => {
  const { handler, others } = new Scene(t, 'will_not_stop')
  const port = await listen(t, http.createServer(handler.listener))
  const client = http.get({ host: '127.0.0.1', port, path: '/ignore/left' })
  client.on('error', () => undefined)
  const [response] = await once(client, 'response')
  response.on('error', () => undefined)
  await once(response, 'data')
  client.destroy()
  const hasNoted = (note) =>
    until(async () => {
      await textOf(others, '/turn/on')
      return (await json(handler, '/notes/left')).includes(note)
    }, `the app notes ${note}`)
  await hasNoted('ClientDisconnected')
  await textOf(handler, '/release/left')
  await hasNoted('released')
  await settled(handler, others)
})

test('a request that goes on when its client has left counts no more, and ends when it likes', async (t) => {
  const { handler, others } = new Scene(t, 'will_not_stop')
  const controller = new AbortController()
  const pending = outcomeOf(handler.handleRequest({ url: '/swallow/abort' }, controller.signal))
  await until(async () => {
    await textOf(others, '/turn/on')
    return (await json(handler, '/notes/abort')).length > 0
  }, 'the app has the request')
  controller.abort()
  const { status } = await pending
  assert.equal(status, undefined)
  assert.equal(handler.stats().inFlight, 0)
  await textOf(handler, '/release/abort')
  await settled(handler, others)
})

test('close() ends within its limits though an app goes on when it is cancelled', async (t) => {
  const others = new Scene(t, 'will_not_stop').others
  const handler = new PythonHandler('will_not_stop:app', { docroot, lifespanTimeout: 300 })
  const witness = new PythonHandler('will_not_stop:app', { docroot })
  t.after(() => witness.close({ timeout: 0 }))
  const pending = outcomeOf(handler.handleRequest({ url: '/swallow/close' }))
  const hasNotes = (count) =>
    until(async () => {
      await textOf(others, '/turn/on')
      return (await json(witness, '/notes/close')).length >= count
    }, `the app has made ${count} notes`)
  await hasNotes(1)
  await assert.rejects(handler.close({ timeout: 0 }), { code: 'ERR_ASGI_LIFESPAN', message: /shutdown took longer/ })
  assert.equal((await pending).code, 'ERR_ASGI_CLOSED')
  assert.equal(handler.stats().inFlight, 0)
  await hasNotes(2)
  assert.deepEqual(await json(witness, '/release/close'), ['begun', 'cancelled'])
  await settled(others)
})

for (const what of ['swallow', 'behind']) {
  const title = `lifespan's shutdown runs, and the process ends, though an app goes on when it is cancelled: ${what}`
  test(title, async () => {
    const { status, signal, stdout, late, stderr } = await run('stubborn', [what], { timeout: 12000 })
    const expected = { status: 0, signal: null, late: false, stdout: 'shutdown\nclosed\n' }
    assert.deepEqual({ status, signal, late, stdout }, expected, stderr)
  })
}
