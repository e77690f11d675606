'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Scene, settled } = require('./support')

/** The reported type and text of each kind of raises_strangely. */
const RAISED = {
  exit_text: ['SystemExit', 'enough'],
  exit_none: ['SystemExit', ''],
  quit: ['SystemExit', '0'],
  interrupt: ['KeyboardInterrupt', 'pressed'],
  ending: ['Ending', 'of its own'],
  generator_exit: ['GeneratorExit', 'closed'],
  stop_async: ['StopAsyncIteration', 'no more'],
  cancelled: ['CancelledError', 'by itself'],
  cancels_itself: ['CancelledError', ''],
  recursion: ['RecursionError', 'maximum recursion depth exceeded'],
  endless_text: ['Endless', '<no text: RecursionError in __str__>'],
  endless_argument: ['ValueError', '<no text: RecursionError in __str__>'],
  number_text: ['Number', '<no text: TypeError in __str__>'],
  memory: ['MemoryError', 'no more'],
  memory_bytes: ['MemoryError', ''],
  memory_list: ['MemoryError', ''],
  surrogates: ['ValueError', 'a\ud800b\udfffc'],
  nul: ['ValueError', 'a\0b\x01\x1f\x7f'],
  text_raises: ['Untold', '<no text: ValueError in __str__>'],
}

for (const [kind, [pythonType, message]] of Object.entries(RAISED)) {
  test(`an app that raises fails that request alone, with its type and text: ${kind}`, async (t) => {
    const scene = new Scene(t, 'raises_strangely')
    for (const when of ['now', 'later']) await scene.raises(`/${kind}/${when}`, pythonType, message)
  })
}

for (const kind of ['exit_text', 'interrupt', 'ending', 'cancelled', 'recursion', 'memory_bytes', 'endless_text']) {
  test(`an app that raises in the middle of its response ends that one: ${kind}`, async (t) => {
    const { handler, others } = new Scene(t, 'raises_strangely')
    const response = await handler.handleStream({ url: `/${kind}/begun` })
    assert.equal((await response.next()).toString(), 'first')
    const [pythonType] = RAISED[kind]
    await assert.rejects(response.next(), { code: 'ERR_ASGI_PYTHON', pythonType })
    await settled(handler, others)
  })
}

/** Errors of requests that fail all at once. */
async function failures(handler, urls) {
  const results = await Promise.allSettled(urls.map((url) => handler.handleRequest({ url })))
  return results.map(({ reason }) => reason)
}

test('many that raise at once fail each with its own', async (t) => {
  const { handler, others } = new Scene(t, 'raises_strangely')
  const kinds = Object.keys(RAISED)
  const urls = kinds.flatMap((kind) => [`/${kind}/now`, `/${kind}/later`])
  for (let round = 0; round < 5; round++) {
    const types = (await failures(handler, urls)).map(({ pythonType }) => pythonType)
    assert.deepEqual(types, kinds.flatMap((kind) => [RAISED[kind][0], RAISED[kind][0]]))
  }
  await settled(handler, others)
})

/** The error of one request while others are in flight. */
async function errorOf(t, kind) {
  const scene = new Scene(t, 'raises_strangely')
  const { code } = await scene.outcome(`/${kind}/later`)
  assert.equal(code, 'ERR_ASGI_PYTHON')
  const [error] = await failures(scene.handler, [`/${kind}/now`])
  return error
}

/** The causes of an error, outermost first. */
function causesOf(error) {
  const causes = []
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) causes.push(cause)
  return causes
}

test('a group of exceptions is reported with all that are in it', async (t) => {
  const { pythonType, pythonTraceback } = await errorOf(t, 'group')
  // Groups are there from Python 3.11 on.
  if (pythonType === 'LookupError') return
  assert.equal(pythonType, 'ExceptionGroup')
  assert.match(pythonTraceback, /ValueError: one[^]*ExceptionGroup: inner[^]*KeyError: 'two'/)
})

test('groups in groups without an end are reported', async (t) => {
  const { pythonType } = await errorOf(t, 'nested_groups')
  assert.ok(['ExceptionGroup', 'LookupError'].includes(pythonType), pythonType)
})

test('a text of 5 MB and a traceback of 1 MB are delivered', async (t) => {
  const large = await errorOf(t, 'large_text')
  assert.equal(large.message, `Python error: ValueError: ${'x'.repeat(5000000)}`)
  const long = await errorOf(t, 'long_traceback')
  assert.equal(long.message, 'Python error: LookupError: deep down')
  assert.ok(long.pythonTraceback.length > 900000, `${long.pythonTraceback.length}`)
})

test('an exception that is its own cause, and one raised while another is handled, are reported', async (t) => {
  assert.deepEqual(causesOf(await errorOf(t, 'own_cause')), [])
  const [before, ...rest] = causesOf(await errorOf(t, 'context'))
  assert.deepEqual([before.pythonType, rest], ['KeyError', []])
})

test('a chain of 40 causes is reported', async (t) => {
  const error = await errorOf(t, 'chain')
  const texts = [error, ...causesOf(error)].map(({ message }) => message)
  assert.deepEqual(texts, Array.from({ length: 40 }, (_, index) => `Python error: ValueError: ${39 - index}`))
})

test(
  'a chain of 400 causes is told in a text that grows with its length',
  async (t) => {
    const error = await errorOf(t, 'long_chain')
    const length = [error, ...causesOf(error)].reduce((sum, { pythonTraceback }) => sum + pythonTraceback.length, 0)
    assert.ok(length < 400 * 2000, `${length} characters`)
  },
)

for (const kind of ['text_exits', 'text_interrupts']) {
  test(`an exception whose text raises SystemExit or KeyboardInterrupt is reported: ${kind}`, async (t) => {
    assert.equal((await errorOf(t, kind)).pythonType, 'Untold')
  })
}

test('a cause that is false, or cannot be read, is reported', async (t) => {
  for (const [kind, type] of [['empty_cause', 'Empty'], ['doubtful_cause', 'Doubtful']]) {
    const error = await errorOf(t, kind)
    assert.deepEqual([error.pythonType, ...causesOf(error).map(({ pythonType }) => pythonType)], ['ValueError', type])
  }
})

test('an exception whose class does not say its name is reported', async (t) => {
  assert.match((await errorOf(t, 'secretive')).message, /^Python error: /)
})
