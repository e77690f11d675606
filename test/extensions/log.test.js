'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { Request } = require('../..')
const { openApp } = require('../support')

test('a response carries the log records of its request, also those of tasks and threads', async (t) => {
  const handler = openApp(t, 'log_records')
  const names = ['one', 'two', 'three']
  const responses = await Promise.all(names.map((name) => handler.handleRequest({ url: `/${name}` })))
  for (const [index, response] of responses.entries()) {
    const name = names[index]
    assert.equal(
      response.log.toString(),
      `INFO:shop:begin ${name}\nERROR:shop:task ${name}\nWARNING:shop:thread ${name}\n`,
    )
    assert.ok(response.toJSON().log.equals(response.log))
  }
})

test('a response carries the log records of a thread that was joined while the loop was blocked', async (t) => {
  const handler = openApp(t, 'log_records')
  const { log } = await handler.handleRequest({ url: '/joined' })
  assert.equal(log.toString(), 'WARNING:shop:thread joined\n')
})

for (const way of ['task', 'callback', 'copy', 'same']) {
  test(`a log record after a request's end (${way}) is not attributed to another request`, async (t) => {
    const handler = openApp(t, 'log_records')
    const records = []
    handler.on('log', (record) => records.push(record.message))
    const urls = Array.from({ length: 12 }, (_, index) => index % 3 === 2 ? '/waiting' : `/left/${way}`)
    const responses = await Promise.all(urls.map((url) => handler.handleRequest({ url })))
    for (const response of responses) assert.equal(response.log.toString(), '')
    assert.deepEqual(records, Array.from({ length: 8 }, () => `${way} left`))
  })
}

test('a streamed response has its log at its end', async (t) => {
  const handler = openApp(t, 'log_records')
  const response = await handler.handleStream(new Request({ url: '/streamed' }))
  while ((await response.next()) !== null);
  assert.match(response.log.toString(), /^INFO:shop:begin streamed\n/)
})

test('a record with an exception has the traceback', async (t) => {
  const handler = openApp(t, 'log_records')
  const { log } = await handler.handleRequest({ url: '/broken' })
  assert.match(log.toString(), /ERROR:shop:failed\nTraceback[^]*ZeroDivisionError: division by zero\n/)
})

test("the event 'log' has every record", async (t) => {
  const handler = openApp(t, 'log_records')
  const records = []
  handler.on('log', (record) => records.push(record))
  await handler.handleRequest({ url: '/seen' })
  await new Promise(setImmediate)
  assert.deepEqual(records.map(({ level, logger, message }) => [level, logger, message]), [
    ['INFO', 'shop', 'begin seen'],
    ['ERROR', 'shop', 'task seen'],
    ['WARNING', 'shop', 'thread seen'],
  ])
  assert.ok(records.every(({ time }) => typeof time === 'number' && time > 0))
})

test("D29 an exception of background work after the response is one 'error' event", async (t) => {
  const handler = openApp(t, 'log_records')
  const errors = []
  handler.on('error', (error) => errors.push(error))
  const failed = once(handler, 'error').catch((error) => [error])
  const response = await handler.handleRequest({ url: '/background' })
  assert.equal(response.body.toString(), 'background')
  const [error] = await failed
  assert.equal(error.code, 'ERR_ASGI_PYTHON')
  assert.equal(error.pythonType, 'LookupError')
  assert.match(error.pythonTraceback, /in app\n/)
  await handler.handleRequest({ url: '/another' })
  assert.equal(errors.length, 1)
})

test("an exception of a lifespan between startup and shutdown is an 'error' event", async (t) => {
  const handler = openApp(t, 'lifespan_breaks')
  // The report belongs to no request: while nothing is in flight it does not keep the process alive.
  const alive = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(alive))
  const reported = new Promise((resolve) => handler.once('error', resolve))
  await handler.handleRequest({ url: '/' })
  const error = await reported
  assert.equal(error.pythonType, 'OSError')
  assert.match(error.message, /the pool is gone/)
  assert.equal((await handler.handleRequest({ url: '/' })).status, 200)
})
