'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { interpreter } = require('../../js/setup/virtual-environment')
const { makeFolder, send } = require('../support')
const { apps, runToEnd, serve } = require('./support')

/** The Python of the apps. */
const python = process.env.PYTHON_NODE_PYTHON || interpreter

/** The output of a server of the app for one request, until it has ended. */
async function said(t, args, options) {
  const { child, ended, port } = await serve(t, 'logs_as_servers_do:app', args, options)
  assert.equal((await send({ port, agent: false })).status, 200)
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  assert.equal(code, 0)
  return { stdout: stdout.split('\n'), stderr: stderr.split('\n') }
}

test('records of the loggers of uvicorn are in the log, in the format of the server', async (t) => {
  for (const more of [[], ['--workers', '2']]) {
    const { stdout, stderr } = await said(t, more)
    for (
      const line of ['INFO:     imported well', 'WARNING:  a doubt', 'ERROR:    a fault', 'LookupError: no such thing']
    ) {
      assert.ok(stderr.includes(line), `${line} in\n${stderr.join('\n')}`)
    }
    assert.equal(stderr.filter((line) => line === 'WARNING:  a doubt').length, 1)
    assert.ok(stdout.includes('INFO:     a visit'), stdout.join('\n'))
    // Of its own loggers an app decides.
    assert.doesNotMatch(stdout.join() + stderr.join(), /a detail|a sale/)
  }
})

test('the level and --no-access-log count for them', async (t) => {
  const detailed = await said(t, ['--log-level', 'debug'])
  assert.ok(detailed.stderr.includes('DEBUG:    a detail'), detailed.stderr.join('\n'))
  const { stdout } = await said(t, ['--no-access-log'])
  assert.doesNotMatch(stdout.join(), /a visit/)
  const traced = await said(t, ['--log-level', 'trace'])
  assert.ok(traced.stderr.includes('DEBUG:    a detail'), traced.stderr.join('\n'))
})

test('with --use-colors their levels have colours', async (t) => {
  const { stderr } = await said(t, ['--use-colors'])
  assert.ok(stderr.includes('\x1b[33mWARNING\x1b[0m:  a doubt'), stderr.join('\n'))
})

test('with a log in JSON each record is an object, the traceback in it', async (t) => {
  const { stderr } = await said(t, ['--log-format', 'json'])
  const records = stderr.filter((line) => line !== '').map((line) => JSON.parse(line))
  const [doubt, fault] = ['a doubt', 'a fault'].map((text) => records.find(({ body }) => body === text))
  assert.deepEqual([doubt.severityText, doubt.instrumentationScope], ['WARNING', { name: 'uvicorn' }])
  assert.ok(Math.abs(Date.parse(doubt.timestamp) - Date.now()) < 3_600_000, doubt.timestamp)
  assert.equal(fault.attributes['exception.type'], 'LookupError')
  assert.match(
    fault.attributes['exception.stacktrace'],
    /^Traceback \(most recent call last\):\n(.*\n)*LookupError: no such thing$/,
  )
})

/** A configuration that writes records of the app's own logger to a file. */
function config(file) {
  return {
    version: 1,
    disable_existing_loggers: false,
    formatters: { plain: { format: '%(name)s says %(message)s' } },
    handlers: { out: { class: 'logging.StreamHandler', formatter: 'plain', stream: 'ext://sys.stdout' } },
    loggers: { shop: { level: 'INFO', handlers: ['out'] } },
    ...file,
  }
}

const INI = `
[loggers]
keys=root,shop
[handlers]
keys=out
[formatters]
keys=plain
[logger_root]
handlers=
[logger_shop]
level=INFO
handlers=out
qualname=shop
[handler_out]
class=StreamHandler
formatter=plain
args=(sys.stdout,)
[formatter_plain]
format=%(name)s says %(message)s
`

test("a file configures Python's logging, as JSON, as YAML and as an ini file", async (t) => {
  const folder = makeFolder(t, {
    'log.json': JSON.stringify(config()),
    'log.ini': INI,
    'log.yaml': JSON.stringify(config()),
  })
  const hasYAML = spawnSync(python, ['-c', 'import yaml']).status === 0
  for (const name of ['log.json', 'log.ini', ...(hasYAML ? ['log.yaml'] : [])]) {
    const { stdout, stderr } = await said(t, ['--log-config', path.join(folder, name)])
    assert.ok(stdout.includes('shop says a sale'), name)
    assert.doesNotMatch(stderr.join(), /INFO: +imported well/, name)
  }
  if (hasYAML) return
  const args = ['--app-dir', apps, '--log-config', path.join(folder, 'log.yaml')]
  const { stderr } = await runToEnd(t, ['serve', 'logs_as_servers_do:app', ...args])
  assert.match(stderr, /log\.yaml: to read YAML, Python needs the package PyYAML \(pip install pyyaml\)\n$/)
})

test('a file that does not configure logging is reported in one line', async (t) => {
  const folder = makeFolder(t, {
    'log.json': JSON.stringify(config({ handlers: { out: { class: 'logging.NoSuchHandler' } } })),
    'prose.json': 'Dear reader',
    'prose.ini': 'Dear reader',
  })
  for (
    const [name, pattern] of [
      ['log.json', /ValueError: Unable to configure handler 'out'; .*NoSuchHandler/],
      ['prose.json', /JSONDecodeError: Expecting value/],
      ['prose.ini', /(MissingSectionHeaderError: File contains no section headers|RuntimeError: .*is invalid)/],
    ]
  ) {
    const file = path.join(folder, name)
    const { code, stderr } = await runToEnd(t, [
      'serve',
      'logs_as_servers_do:app',
      '--app-dir',
      apps,
      '--log-config',
      file,
    ])
    assert.match(stderr, pattern)
    assert.ok(stderr.startsWith(`ERROR:    --log-config: ${file}: `), stderr)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.equal(code, 1)
  }
})
