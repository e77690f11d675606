'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openModel } = require('./support')

/** All that an iterable gives. */
async function all(iterable) {
  const values = []
  for await (const value of iterable) values.push(value)
  return values
}

const GENERATORS = [
  ['a generator', 'tokens', {}],
  ['an inline generator', 'tokens', { inline: true }],
  ['an async generator', 'tokens_later', {}],
]

for (const [title, name, options] of GENERATORS) {
  test(`${title} gives an async iterator, from the call or from its promise`, async (t) => {
    const { python, told } = openModel(t)
    const tokens = python.function(`model:${name}`, options)
    assert.deepEqual(await all(tokens(3)), [0, 1, 2])
    assert.deepEqual(await all(await tokens(2)), [0, 1])
    assert.deepEqual(await all(tokens(0)), [])
    assert.deepEqual(await told(), [0, 1, 2, 'closed', 0, 1, 'closed', 'closed'])
  })

  test(`leaving the loop early closes ${title}`, async (t) => {
    const { python, until } = openModel(t)
    for await (const value of python.function(`model:${name}`, options)(1e9)) if (value === 2) break
    await until('closed')
  })

  test(`return() before the first value closes ${title}`, async (t) => {
    const { python, until } = openModel(t)
    const iterator = await python.function(`model:${name}`, options)(1e9)
    await until(0)
    assert.deepEqual(await iterator.return('x'), { done: true, value: 'x' })
    await until('closed')
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  })
}

test('other iterators are iterated too', async (t) => {
  const { python } = openModel(t)
  assert.deepEqual(await all(python.function('model:mapped')()), ['1', '2'])
  assert.deepEqual(await all(python.function('model:mapped', { inline: true })()), ['1', '2'])
})

test('a generator of def runs in threads', async (t) => {
  const { python } = openModel(t)
  assert.equal((await all(python.function('model:generator_thread')()))[0][1], false)
  assert.equal((await all(python.function('model:generator_thread', { inline: true })()))[0][1], true)
})

test('an exception of a generator comes after the values before it', async (t) => {
  const { python } = openModel(t)
  const iterator = await python.function('model:fails_in_the_middle')()
  assert.deepEqual(await iterator.next(), { done: false, value: 1 })
  await assert.rejects(iterator.next(), { code: 'ERR_ASGI_PYTHON', message: 'Python error: ValueError: half' })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
})

test('a generator waits when its values are not taken', async (t) => {
  const { python, told } = openModel(t, { highWaterMark: 1000 })
  const iterator = await python.function('model:chunks')(1000)
  // 1000 bytes are more than 1000 with what they are: one value may be on its way when the next one waits.
  const ahead = []
  for (let turn = 0; turn < 50; turn++) ahead.push(...await told())
  assert.ok(ahead.length <= 2, `${ahead.length} values ahead`)
  for (let count = 0; count < 10; count++) assert.equal((await iterator.next()).value.length, 1000)
  await iterator.return()
})

test('iterating a function that returns a value is a TypeError', async (t) => {
  const { python } = openModel(t)
  await assert.rejects(all(python.function('model:nothing')()), { name: 'TypeError' })
})
