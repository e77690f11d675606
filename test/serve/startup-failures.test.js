'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failureOf } = require('../../js/serve/failure')
const { close, runToEnd, serve } = require('./support')
const { apps } = require('./support')

const WAYS = [
  ['in this process', []],
  ["on JavaScript's thread", ['--thread', 'node']],
  ['with workers', ['--workers', '2']],
]

/** The number of tracebacks. */
const countOf = (text) => text.match(/Traceback \(most recent call last\)/g)?.length ?? 0

for (const [way, args] of WAYS) {
  test(`an app that sends its traceback as failure and raises is reported with one traceback, ${way}`, async (t) => {
    const line = ['serve', 'fails_with_traceback:app', '--app-dir', apps, '--port', '0', ...args]
    const { code, stdout, stderr } = await runToEnd(t, line)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^ERROR: {4}Traceback [^]*in connect\n.*\n(?:.*\n)?LookupError: no database\nERROR: /)
    assert.match(stderr, /\nERROR: {4}Application startup failed\. Exiting\.\n$/)
    assert.equal(countOf(stderr), 1, stderr)
    assert.equal(stderr.match(/^ERROR/gm).length, 2, stderr)
  })

  test(`an app whose shutdown fails so has one traceback and one conclusion, ${way}`, async (t) => {
    const served = await serve(t, 'fails_with_traceback:shutdown', args)
    await close(served)
    const { code, stderr } = await served.ended
    // A worker's end is not the end of all.
    assert.equal(code, args[0] === '--workers' ? 0 : 1)
    assert.match(stderr, /^ERROR: {4}Traceback [^]*\nLookupError: no database\n/)
    assert.match(stderr, /\nERROR: {4}Application shutdown failed\. Exiting\.\n$/)
    assert.equal(countOf(stderr), args[0] === '--workers' ? 2 : 1, stderr)
  })
}

test('a failure of several lines has the first as its log line, and a later exception is not reported', async (t) => {
  const line = ['serve', 'fails_with_traceback:several_lines', '--app-dir', apps, '--port', '0']
  const { code, stderr } = await runToEnd(t, line)
  const conclusion = 'ERROR:    Application startup failed. Exiting.\n'
  assert.deepEqual([code, stderr], [1, `ERROR:    no database:\n  not at db:5432\n${conclusion}`])
})

test('a failure without a message is reported as the exception', async (t) => {
  const { code, stderr } = await runToEnd(t, [
    'serve',
    'fails_with_traceback:without_words',
    '--app-dir',
    apps,
    '--port',
    '0',
  ])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^ERROR: {4}Traceback [^]*\nLookupError: no database\nERROR: {4}Application startup failed\. Exiting\.\n$/,
  )
  assert.equal(countOf(stderr), 1)
})

const GROUP = `  + Exception Group Traceback (most recent call last):
  |   File "main.py", line 3, in app
  |     async with TaskGroup() as group:
  |   File "asyncio/taskgroups.py", line 145, in __aexit__
  |     raise me from None
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "main.py", line 7, in connect
    |     raise LookupError("no database")
    | LookupError: no database
    +------------------------------------
`

const TEXTS = [
  ['no database', 'no database', 0],
  ['', 'Application startup failed', 0],
  [
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: one\ntwo\n',
    'ValueError: one',
    5,
  ],
  [
    'Traceback (most recent call last):\n  File "a.py", line 1\n    f(:\n      ^\nSyntaxError: no\n',
    'SyntaxError: no',
    5,
  ],
  ['Connecting:\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError\n', 'KeyError', 4],
  [GROUP, 'LookupError: no database', 12],
]

for (const [text, headline, lines] of TEXTS) {
  test(`an app's message is split into its first line and the rest: ${JSON.stringify(text.slice(0, 60))}`, () => {
    const { message, details } = failureOf(Object.assign(new Error(text), { code: 'ERR_ASGI_LIFESPAN' }))
    assert.equal(message, text.includes('Traceback') ? `Application startup failed: ${headline}` : headline)
    assert.equal(details.length, lines)
  })
}
