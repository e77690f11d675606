'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openModel } = require('./support')

test('a signal cancels an async def, and the call rejects with its reason', async (t) => {
  const { python, until } = openModel(t)
  const controller = new AbortController()
  const call = python.function('model:waits').with({ signal: controller.signal })()
  await until('waits')
  controller.abort(new Error('enough'))
  await assert.rejects(call, /enough/)
  await until('cancelled')
})

test('a signal that has aborted keeps the function from being called', async (t) => {
  const { python, told } = openModel(t)
  await told()
  const call = python.function('model:waits', { signal: AbortSignal.abort(new Error('before')) })()
  await assert.rejects(call, /before/)
  assert.deepEqual(await told(), [])
})

test('a def whose call is given up goes on to its end in its thread, unnoticed', async (t) => {
  const { python } = openModel(t)
  python.on('error', (error) => assert.fail(error))
  const controller = new AbortController()
  const call = python.function('model:waits_in_thread').with({ signal: controller.signal })()
  await python.function('model:until_entered')()
  controller.abort()
  await assert.rejects(call, { name: 'AbortError' })
  await python.function('model:open_gate', { inline: true })()
  await python.close()
})

test('a signal ends an iterator with its reason and closes the generator', async (t) => {
  const { python, until } = openModel(t)
  const controller = new AbortController()
  const chunks = python.function('model:tokens_later').with({ signal: controller.signal })(1e9)
  await assert.rejects(async () => {
    for await (const value of chunks) if (value === 3) controller.abort(new Error('enough'))
  }, /enough/)
  await until('closed')
})

test('closing the handler cancels calls that go on', async (t) => {
  const { python, until } = openModel(t)
  const call = python.function('model:waits')()
  await until('waits')
  const [outcome] = await Promise.allSettled([call, python.close({ timeout: 0 })])
  assert.equal(outcome.reason.code, 'ERR_ASGI_CLOSED')
})
