'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Scene, askAlone, isHosted, survive, textOf } = require('./support')

/** Asks changes_process for this, then for what raises, then again. */
async function afterwards(steps, options) {
  const answers = await survive('changes_process', [...steps, '/raise_plainly', '/nothing'], options)
  const { code, pythonType, message } = answers.at(-2)
  const expected = ['ERR_ASGI_PYTHON', 'ValueError', 'Python error: ValueError: plainly']
  assert.deepEqual([code, pythonType, message], expected)
  assert.equal(answers.at(-1), null)
  return answers
}

for (
  const change of [
    'collector_eager',
    'raise_in_del',
    'faulthandler_on',
    'warnings_are_errors',
    'close_stdout',
    'replace_streams',
    'no_streams',
    'change_folder',
    'break_hooks',
    'exit_in_a_thread',
    'raise_in_a_thread',
    'trace_everything',
    'break_trace',
    'switch_rarely',
    'forget_asyncio',
  ]
) {
  test(`requests are served, and fail clearly, after an app's ${change}`, async () => {
    await afterwards([`/${change}`])
  })
}

test('a low recursion limit fails only requests that recurse', async () => {
  const [, recursed] = await afterwards(['/low_recursion_limit', '/recurse'])
  assert.deepEqual([recursed.code, recursed.pythonType], ['ERR_ASGI_PYTHON', 'RecursionError'])
})

test('the collector may be off and called by hand', async () => {
  const [collected, again] = await afterwards(['/collector_off', '/collector_off'])
  assert.deepEqual([collected, again], [true, true])
})

test('warnings are exceptions if an app wants that, also those about coroutines that are not awaited', async () => {
  const [, warned] = await afterwards(['/warnings_are_errors', '/warn', '/forget_coroutine'])
  assert.deepEqual([warned.code, warned.pythonType], ['ERR_ASGI_PYTHON', 'UserWarning'])
})

test('the environment that Python has changed is the one of Node', async () => {
  const steps = ['the environment', '/change_environment', 'the environment', 'the folder']
  const [before, , behind] = await survive('changes_process', steps)
  assert.deepEqual([before[0], typeof before[1], behind], [null, 'string', [null, null]])
})

test('the folder that Python has changed is the one of Node', async () => {
  const steps = ['/change_folder', 'the folder', '/nothing']
  assert.deepEqual(await survive('changes_process', steps), ['/', '/', null])
})

for (const change of ['forget_json', 'forget_traceback']) {
  const title = `an exception is told though a module of the standard library is gone: ${change}`
  test(title, async () => {
    await afterwards([`/${change}`])
  })
}

test("a handler of SIGINT that an app has set with signal.signal() is called in Node's stead", async () => {
  const steps = ['/interrupt_is_pythons', 'interrupt', '/nothing']
  assert.deepEqual(await survive('changes_process', steps), [null, 1, null])
})

test('500 threads of the default executor work at once', async (t) => {
  const scene = new Scene(t, 'changes_process')
  await scene.answers('/many_threads', (499 * 500) / 2)
})

test('Node goes on while one call of C keeps the GIL', { skip: isHosted }, async (t) => {
  const { handler, others } = new Scene(t, 'changes_process')
  await textOf(others, '/now/begun')
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  const beside = []
  const holding = textOf(handler, '/hold_gil')
  for (let number = 0; number < 10; number++) beside.push(textOf(others, `/timer/${number}`))
  assert.equal(await holding, 'true')
  clearInterval(timer)
  assert.deepEqual(await Promise.all(beside), Array.from({ length: 10 }, (_, number) => `${number}`))
  // A second of 10 ms each; half of them would do.
  assert.ok(ticks > 10, `${ticks} ticks`)
})

test('a KeyboardInterrupt that Python makes of SIGINT ends no request but one that runs', async () => {
  const { outcomes, others, status, signal } = await askAlone('changes_process', [
    '/interrupt_is_an_exception',
    '/nothing',
  ])
  assert.deepEqual(outcomes.map(({ status }) => status), [200, 200])
  assert.deepEqual(others, ['all answered', 'all answered'])
  assert.deepEqual({ status, signal }, { status: 0, signal: null })
})
