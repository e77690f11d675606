'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { whyNot } = require('../free-threaded/support')
const { Scene, outcomeOf, settled } = require('./support')

// Without a GIL they raise in other threads than their loop's: test/free-threaded/threads.test.js has that.
const skip = whyNot() === false && 'this Python has no GIL'

/** The answer of misuses_calls for each of its kinds. */
const ANSWERED = {
  await_again: ['http.request', 'RuntimeError: cannot reuse already awaited receive() or send()'],
  receive_unawaited: 'http.request',
  by_hand: [
    true,
    'RuntimeError: cannot reuse already awaited receive() or send()',
    'RuntimeError: cannot reuse already awaited receive() or send()',
    'thrown',
  ],
  status_vanishes: "TypeError: 'status' must be int, got 'Status'",
  // Without a GIL headers are copied before they are looked at.
  ...(skip ? {} : { receive_in_a_thread: 'http.request', headers_vanish: 'IndexError: list index out of range' }),
}

for (const [kind, answer] of Object.entries(ANSWERED)) {
  test(`a misused call harms no other call: ${kind}`, async (t) => {
    const scene = new Scene(t, 'misuses_calls')
    for (let round = 0; round < 3; round++) await scene.answers(`/${kind}`, answer)
  })
}

test('headers that recurse without an end fail their message', async (t) => {
  const scene = new Scene(t, 'misuses_calls')
  const { status, body } = await scene.outcome('/headers_recurse')
  assert.equal(status, 200)
  assert.match(JSON.parse(body), /^(TypeError|RecursionError): /)
})

for (const how of ['request', 'task', 'thread']) {
  test(
    `scope, receive and send of an ended request do nothing in another ${how}`,
    { skip: how === 'thread' && skip },
    async (t) => {
      const scene = new Scene(t, 'misuses_calls')
      for (let round = 0; round < 3; round++) {
        await scene.answers('/keep', 'kept')
        const [received, started, sent, unknown, isDone, isCancelled, path] = JSON.parse(
          (await scene.outcome(`/later_in_a_${how}`)).body,
        )
        assert.deepEqual([received, started, sent, isDone, isCancelled, path], [
          'http.disconnect',
          null,
          null,
          true,
          false,
          '/keep',
        ])
        assert.match(unknown, /^RuntimeError: /)
      }
    },
  )
}

test('send() in another thread arrives', { skip }, async (t) => {
  const scene = new Scene(t, 'misuses_calls')
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await scene.outcome('/send_in_a_thread'), { status: 200, body: 'thread and loop' })
  }
})

test('send() that is not awaited arrives', async (t) => {
  const scene = new Scene(t, 'misuses_calls')
  assert.deepEqual(await scene.outcome('/send_unawaited'), { status: 200, body: 'unawaited' })
})

test('a message that is emptied while it is read is sent as it was', async (t) => {
  const { handler, others } = new Scene(t, 'misuses_calls')
  const response = await handler.handleRequest({ url: '/flag_vanishes' })
  assert.equal(response.status, 200)
  assert.deepEqual(response.body, Buffer.concat([Buffer.alloc(100_000), Buffer.from('end')]))
  await settled(handler, others)
})

test('objects that are not messages, and invalid values of responses, are refused one by one', async (t) => {
  const scene = new Scene(t, 'misuses_calls')
  await scene.answers('/values', [
    ...['TypeError', 'TypeError', 'TypeError', 'KeyError', 'TypeError', 'KeyError'],
    ...['TypeError', 'TypeError', 'TypeError', 'ValueError', 'ValueError', 'ValueError', 'OverflowError'],
    ...['TypeError', 'TypeError', 'ValueError', 'ValueError', 'TypeError'],
    ...['ValueError', 'ValueError', 'TypeError'],
    'RuntimeError',
  ])
})

test('a megabyte in one header, 5000 headers and 16 MiB of body arrive', async (t) => {
  const { handler, others } = new Scene(t, 'misuses_calls')
  const { status, headers, body } = await handler.handleRequest({ url: '/huge' })
  assert.equal(status, 200)
  assert.equal(headers.get('large').length, 1 << 20)
  assert.equal(headers.get('n4999'), 'v')
  assert.equal(body.length, (16 << 20) + 1)
  await settled(handler, others)
})

test('sixteen tasks that send at once lose nothing, also for a reader that is slow', async (t) => {
  const { handler, others } = new Scene(t, 'misuses_calls')
  for (const isSlow of [false, true]) {
    const counts = new Map()
    for await (const chunk of await handler.handleStream({ url: '/send_together' })) {
      if (isSlow) await new Promise(setImmediate)
      for (const byte of chunk) counts.set(byte, (counts.get(byte) ?? 0) + 1)
    }
    const letters = Array.from({ length: 16 }, (_, index) => [65 + index, 160000])
    assert.deepEqual([...counts].sort(([one], [other]) => one - other), letters)
  }
  await settled(handler, others)
})

test('two that receive at once, and one that is cancelled, lose nothing', async (t) => {
  const { handler, others } = new Scene(t, 'misuses_calls')
  for (let round = 0; round < 10; round++) {
    const request = new Request({ method: 'POST', url: '/receive_twice' })
    const pending = handler.handleStream(request)
    // By then all three wait.
    await handler.handleRequest({ url: '/receive_unawaited' })
    for (const piece of ['a', 'b', 'c', 'd']) {
      await request.write(piece)
      await new Promise(setImmediate)
    }
    await request.end()
    const chunks = []
    for await (const chunk of await pending) chunks.push(chunk)
    const [first, text] = JSON.parse(Buffer.concat(chunks))
    assert.equal(first, 'CancelledError: ')
    assert.equal([...text].sort().join(''), 'abcd')
  }
  await settled(handler, others)
})

test('eight threads that use the scope, receive and send of four requests crash nothing', { skip }, async (t) => {
  const { handler, others } = new Scene(t, 'misuses_calls')
  for (let round = 0; round < 5; round++) {
    const outcomes = Array.from({ length: 4 }, () => outcomeOf(handler.handleRequest({ url: '/many_threads' })))
    const beside = Array.from({ length: 20 }, () => others.handleRequest({ url: '/timer/beside' }))
    for (const { body } of await Promise.all(beside)) assert.equal(body.toString(), 'beside')
    for (const { status, body, code } of await Promise.all(outcomes)) {
      // Whichever thread came first has begun the response.
      assert.equal(status, 200, code)
      assert.match(body, /^[0-7]*end$/)
    }
  }
  await settled(handler, others)
})

test('an app that returns something not awaitable fails its request', async (t) => {
  const scene = new Scene(t, 'misuses_calls:returns_int', { interface: 'asgi3' })
  const { code, pythonType, message } = await scene.outcome('/')
  assert.deepEqual([code, pythonType], ['ERR_ASGI_PYTHON', 'TypeError'])
  assert.match(message, /int.*await/)
})
