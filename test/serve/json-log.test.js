'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, send } = require('../support')
const { apps, run, serve } = require('./support')

/** The records of what was written, each of which is a line. */
const recordsOf = (text) => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line))

/** The behaviours of an app, and their log records. */
const WAYS = {
  record: ['INFO', 'shop', 'a visit\nof two lines'],
  traceback: ['ERROR', 'shop', 'a fault of ours', 'LookupError'],
  extras: ['INFO', 'shop', 'a sale'],
  format: ['INFO', 'shop', /^%d pieces \(TypeError: /],
  warning: ['WARNING', 'py.warnings', /UserWarning: a doubt/],
  thread: ['ERROR', 'python_node', 'Exception in thread clerk', 'LookupError'],
  unraisable: ['ERROR', 'python_node', /^Exception ignored in.*__del__/, 'LookupError'],
  task: ['ERROR', 'asyncio', /^Task exception was never retrieved/, 'LookupError'],
  raise: ['ERROR', undefined, 'Exception in ASGI application', 'LookupError'],
  returns: ['ERROR', 'python_node', "ASGI callable should return None, but returned 'something'."],
}

for (
  const [way, more] of [['one process', []], ['workers', ['--workers', '2']], ["Node's thread", ['--thread', 'node']]]
) {
  test(`with a log in JSON all output of Python is lines of it, with ${way}`, async (t) => {
    const { child, ended, port } = await serve(t, 'logs_in_every_way:app', ['--log-format', 'json', ...more])
    for (const name of Object.keys(WAYS)) await send({ port, path: `/${name}`, agent: false })
    child.kill('SIGTERM')
    const { stdout, stderr } = await ended
    assert.ok(recordsOf(stdout).length > Object.keys(WAYS).length)
    const records = recordsOf(stderr)
    for (const [name, [severity, logger, body, exception]] of Object.entries(WAYS)) {
      const found = records.filter((record) => body.test?.(record.body) ?? body === record.body)
      assert.equal(found.length, 1, `${name} in\n${stderr}`)
      const [{ severityText, instrumentationScope, attributes }] = found
      assert.deepEqual([severityText, instrumentationScope?.name], [severity, logger])
      assert.equal(attributes?.['exception.type'], exception, name)
      if (exception === undefined) continue
      assert.equal(attributes['exception.message'], 'no such thing')
      assert.match(attributes['exception.stacktrace'], /^Traceback [^]*in fails\n[^]*\nLookupError: no such thing$/)
    }
    const [sale, loop] = ['a sale', 'a loop'].map((text) => records.find(({ body }) => body === text).attributes)
    assert.deepEqual(sale, { order: 7, thing: 'an odd thing', tags: '{1}' })
    assert.deepEqual(loop, { circle: '[[...]]', nothing: 'nan' })
  })
}

test('with a log in JSON the reloader writes only JSON, and a failed start is one line', async (t) => {
  const good = fs.readFileSync(path.join(apps, 'answers_with_scope.py'), 'utf8')
  const folder = makeFolder(t, { 'main.py': 'raise LookupError("not here")\n' })
  const { child, ended, says } = run(t, [
    'serve',
    '--app-dir',
    folder,
    '--port',
    '0',
    '--reload',
    '--log-format',
    'json',
  ])
  await says(/not here/)
  fs.writeFileSync(path.join(folder, 'main.py'), good)
  await says(/"Ready in/)
  child.kill('SIGTERM')
  const { stdout, stderr } = await ended
  assert.ok(recordsOf(stdout).some(({ body }) => body === 'main.py changed, restarting'))
  assert.deepEqual(recordsOf(stderr).map(({ body, attributes }) => [body, attributes['exception.message']]), [
    ['Application startup failed. Waiting for changes.', 'not here'],
  ])
})

test('with a log in JSON warnings of Node are lines of it', async (t) => {
  const options = { env: { NODE_OPTIONS: `--require ${path.join(apps, 'warns.js')}` } }
  const { child, ended, says } = await serve(t, 'answers_with_scope:app', ['--log-format', 'json'], options)
  child.kill('SIGUSR2')
  await says(/late doubt/)
  child.kill('SIGTERM')
  const [{ severityText, body, attributes }] = recordsOf((await ended).stderr)
  assert.deepEqual([severityText, body, attributes['exception.type']], ['WARNING', 'a late doubt', 'Warning'])
})
