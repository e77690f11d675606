'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { docroot } = require('../faults/support')

/** Opens an app of Fixtures/faults/starts_oddly.py without a time limit; one that hangs fails the test. */
function open(t, name, options) {
  const handler = new PythonHandler(`starts_oddly:${name}`, { docroot, lifespanTimeout: 0, ...options })
  const errors = []
  handler.on('error', (error) => errors.push(error))
  // A test may ask for a close that fails.
  t.after(() => handler.close({ timeout: 0 }).catch(() => undefined))
  return { handler, errors }
}

const code = 'ERR_ASGI_LIFESPAN'
/** The text of the error for each message of a failure. */
const MESSAGES = {
  surrogate: 'no \\udcff database',
  nul: 'no \0 database',
  letters: 'no database',
  number: '5',
  octets: "b'no database'",
  exception: 'no database',
  textless: '<no text: LookupError in __str__>',
  none: 'Application startup failed',
  nothing: 'Application startup failed',
}

for (const [name, message] of Object.entries(MESSAGES)) {
  for (const lifespan of ['auto', 'on']) {
    test(`startup.failed with this message is no success, lifespan '${lifespan}': ${name}`, async (t) => {
      const { handler } = open(t, `fails_${name}`, { lifespan })
      const waiting = assert.rejects(handler.handleRequest({ url: '/' }), { code, message })
      await assert.rejects(handler.ready(), { code, message })
      await waiting
    })
  }

  test(`shutdown.failed with this message is reported: ${name}`, async (t) => {
    const { handler } = open(t, `fails_late_${name}`)
    await handler.ready()
    const text = message === MESSAGES.none ? '' : message
    await assert.rejects(handler.close(), { code, message: text })
  })
}

for (const error of ['SystemExit', 'KeyboardInterrupt']) {
  for (const when of ['now', 'late']) {
    test(`${error} before startup.complete, ${when}, refuses to serve`, async (t) => {
      const { handler } = open(t, `raises_${error}_before_complete_${when}`)
      const raised = { code: 'ERR_ASGI_PYTHON', pythonType: error }
      await assert.rejects(handler.ready(), raised)
      await assert.rejects(handler.handleRequest({ url: '/' }), raised)
      await handler.close()
    })

    test(`${error} after startup.complete, ${when}, is reported, and the app is served and closes`, async (t) => {
      const { handler, errors } = open(t, `raises_${error}_after_complete_${when}`)
      await handler.ready()
      const { body } = await handler.handleRequest({ url: '/' })
      assert.equal(body.toString(), `raises_${error}_after_complete_${when}`)
      await handler.close()
      assert.deepEqual(errors.map(({ pythonType }) => pythonType), [error])
    })
  }
}

test('a startup that is completed while its failure is read has been completed', async (t) => {
  const { handler } = open(t, 'completes_inside')
  await handler.ready()
  assert.equal((await handler.handleRequest({ url: '/' })).status, 200)
  await handler.close()
})

test('a process whose lifespan exited after startup.complete ends on SIGTERM', () => {
  const script = `
    const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})
    const handler = new PythonHandler('starts_oddly:raises_SystemExit_after_complete_now', {
      docroot: ${JSON.stringify(docroot)}, lifespanTimeout: 0 })
    handler.on('error', ({ pythonType }) => console.log(pythonType))
    process.once('SIGTERM', () => handler.close().then(() => console.log('closed')))
    handler.ready().then(() => process.kill(process.pid, 'SIGTERM'))`
  const { stdout, signal, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20000 })
  assert.deepEqual({ stdout, signal, status }, { stdout: 'SystemExit\nclosed\n', signal: null, status: 0 })
})
