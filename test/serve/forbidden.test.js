'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { apps } = require('./support')

const root = path.join(__dirname, '..', '..')
const program = path.join(root, 'js', 'cli.js')

/** Turns the permission model on; undefined where this Node has none. */
const PERMISSION = ['--permission', '--experimental-permission'].find((flag) => {
  return process.allowedNodeEnvironmentFlags.has(flag)
})
const NONE = 'this Node has no permission model'

/** Runs the command under a Node that forbids something; it must end with one line and nothing of JavaScript in it. */
function refusal(flags, args = []) {
  const line = [...flags, '--no-warnings', program, 'serve', 'answers_with_scope:app', '--app-dir', apps, '--port', '0']
  const env = { ...process.env, PYTHON_NODE_THREAD: 'own' }
  const { status, stderr } = spawnSync(process.execPath, [...line, ...args], { env, encoding: 'utf8', timeout: 30_000 })
  assert.equal(status, 1, stderr)
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  return stderr
}

test('a Node without addons is reported, without advice to build one', () => {
  const text = refusal(['--no-addons'])
  assert.match(text, /^ERROR: {4}Node was started with --no-addons.* start it without that option$/m)
  assert.doesNotMatch(text, /npm|rebuild/)
})

test('the permission error names the flags for the addon', { skip: PERMISSION === undefined && NONE }, () => {
  const text = refusal([PERMISSION, '--allow-fs-read=*'])
  assert.match(text, /^ERROR: {4}Node's permission model forbids addons.* start Node with --allow-addons as well$/m)
  assert.doesNotMatch(text, /npm|rebuild/)
})

for (const [args, flag] of [[['--workers', '2'], '--allow-child-process'], [['--thread', 'node'], '--allow-worker']]) {
  test(`the permission error names the flags for ${args.join(' ')}`, { skip: PERMISSION === undefined && NONE }, () => {
    const text = refusal([PERMISSION, '--allow-fs-read=*', '--allow-addons'], args)
    assert.match(
      text,
      new RegExp(`^ERROR: {4}Node's permission model forbids .*: start Node with ${flag} as well$`, 'm'),
    )
  })
}

test("one's own program has the same reason in its error", () => {
  const code = "try { require('.') } catch (error) { console.log(JSON.stringify([error.code, error.message])) }"
  const { stdout } = spawnSync(process.execPath, ['--no-addons', '-e', code], { cwd: root, encoding: 'utf8' })
  const [name, message] = JSON.parse(stdout)
  assert.equal(name, 'ERR_ASGI_ADDON')
  assert.match(message, /^Node was started with --no-addons/)
})
