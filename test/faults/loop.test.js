'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Scene, askAlone, isHosted, outcomeOf, settled, survive, textOf } = require('./support')

/** The answers of breaks_loop if nothing forbids it. */
const ANSWERED = {
  stop_and_close: true,
  close_in_a_thread: true,
  stop_often: 'stopped',
  cancel_in_advance: 'answered',
  task_factory: [true, 'of my own'],
  sleep_replaced: 'short',
  broken_handler: 'went on',
}

for (const [kind, answer] of Object.entries(ANSWERED)) {
  test(`the event loop goes on: ${kind}`, async (t) => {
    const scene = new Scene(t, 'breaks_loop')
    for (let round = 0; round < 3; round++) await scene.answers(`/${kind}`, answer)
  })
}

for (const kind of ['run_until_complete', 'run', 'run_forever', 'close']) {
  test(`the event loop cannot be run or closed inside itself: ${kind}`, async (t) => {
    const scene = new Scene(t, 'breaks_loop')
    for (let round = 0; round < 3; round++) {
      const { code, pythonType, message } = await scene.outcome(`/${kind}`)
      assert.deepEqual([code, pythonType], ['ERR_ASGI_PYTHON', 'RuntimeError'])
      assert.match(message, /running/)
    }
  })
}

test('a request that cancels all tasks fails those in flight, each clearly, and no later one', async (t) => {
  const { handler, others } = new Scene(t, 'breaks_loop')
  const waiting = [1, 2, 3].map(() => outcomeOf(handler.handleRequest({ url: '/wait' })))
  assert.equal(await textOf(handler, '/cancel_everybody'), 'true')
  for (const { code, pythonType } of await Promise.all(waiting)) {
    assert.deepEqual([code, pythonType], ['ERR_ASGI_PYTHON', 'CancelledError'])
  }
  assert.equal(await textOf(others, '/timer/later'), 'later')
  await settled(handler, others)
})

test("asyncio's Task may be replaced", async () => {
  assert.deepEqual(await survive('breaks_loop', ['/task_replaced', '/task_factory', '/stop_often']), [
    'replaced',
    [true, 'of my own'],
    'stopped',
  ])
})

test('the loop may be put into its debug mode', async () => {
  const answers = await survive('breaks_loop', ['/debug', '/stop_often', '/close', '/task_factory'])
  assert.deepEqual(answers.map((answer) => answer.pythonType ?? answer), [
    '<Task ',
    'stopped',
    'RuntimeError',
    [true, 'of my own'],
  ])
})

test("the loop may run inside a callback, with asyncio's own loop", async () => {
  const steps = ['/nested', '/close', '/nested', '/nested']
  const [first, failed, ...rest] = await survive('breaks_loop', steps, { handler: { loop: 'asyncio' } })
  assert.deepEqual([first, failed.pythonType, ...rest], ['inner', 'RuntimeError', 'inner', 'inner'])
})

test(
  'requests that arrive while an app runs the loop inside its own callback are answered after it',
  { skip: isHosted && 'JavaScript waits for Python' },
  async () => {
    // The watch, too, would be a reason for the loop to go on.
    const options = { handler: { loop: 'asyncio' }, env: { PYTHON_NODE_WATCH: '0' } }
    const { outcomes, stderr } = await askAlone('breaks_loop', ['requests for an inner loop'], options)
    assert.deepEqual(JSON.parse(outcomes[0].body), ['inner', 'inner', 'inner'])
    // Each wake-up of the loop without work would be logged.
    assert.equal(stderr, '')
  },
)

for (const loop of isHosted ? ['asyncio'] : ['asyncio', 'auto']) {
  test(`a call_soon() of the app's own stays: ${loop}`, async () => {
    const steps = ['/replace_call_soon', '/stop_often', '/call_soon_replaced']
    assert.deepEqual(await survive('breaks_loop', steps, { handler: { loop } }), ['replaced', 'stopped', true])
  })

  test(
    `callbacks scheduled by the garbage collector run, wherever it ran: ${loop}`,
    async () => {
      const steps = [...Array.from({ length: 600 }, () => '/leave_remains'), '/count_remains']
      const answers = await survive('breaks_loop', steps, { handler: { loop } })
      assert.equal(answers.at(-1), 0)
    },
  )
}
