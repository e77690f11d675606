'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { interpreter } = require('../../js/setup/virtual-environment')
const { send } = require('../support')
const { run } = require('../serve/support')
const { missing } = require('./servers')

const folder = path.join(__dirname, '..', '..', 'Fixtures', 'frameworks')
const lacking = missing(['fastapi', 'uvicorn'])
const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`

/** Returns uvicorn's stderr for one failing request. */
async function saidByUvicorn(t) {
  const args = ['-m', 'uvicorn', 'fastapi_fails:app', '--port', '0', '--no-access-log']
  const child = spawn(interpreter, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  const running = /Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/
  while (!running.test(said)) await Promise.race([once(child.stderr, 'data'), ended.then(() => assert.fail(said))])
  assert.equal((await send({ port: Number(running.exec(said)[1]), path: '/orders/7', agent: false })).status, 500)
  child.kill('SIGTERM')
  await ended
  return said
}

/** Returns the command's stderr for one failing request. */
async function said(t, args) {
  const { child, ended, says } = run(t, ['serve', 'fastapi_fails:app', '--app-dir', folder, '--port', '0', ...args])
  const [, port] = await says(/Listening on http:\/\/127\.0\.0\.1:(\d+)/)
  const { status, body } = await send({ port: Number(port), path: '/orders/7', agent: false })
  assert.deepEqual([status, String(body)], [500, 'Internal Server Error'])
  child.kill('SIGTERM')
  return (await ended).stderr
}

/** The lines of a traceback without the frames of uvicorn. */
function traceback(text) {
  let isUvicorns = false
  return text.trimEnd().split('\n').filter((line) => {
    if (line.startsWith('  File "')) isUvicorns = /[\\/]uvicorn[\\/]/.test(line)
    else if (!line.startsWith('    ')) isUvicorns = false
    return !isUvicorns
  })
}

test('the log of a failing request of FastAPI is that of uvicorn, in text and in JSON', { skip }, async (t) => {
  const [, expected] = /^ERROR: {4}Exception in ASGI application\n([^]*?)^INFO: /m.exec(await saidByUvicorn(t))
  const lines = traceback(expected)
  assert.equal(lines.at(-1), "KeyError: 'price'")
  const text = await said(t, [])
  assert.deepEqual(traceback(text), ['ERROR:    Exception in ASGI application', ...lines])
  const json = await said(t, ['--log-format', 'json'])
  assert.equal(json.trimEnd().split('\n').length, 1, json)
  const { severityText, body, attributes } = JSON.parse(json)
  assert.deepEqual([severityText, body], ['ERROR', 'Exception in ASGI application'])
  assert.deepEqual([attributes['exception.type'], attributes['exception.message']], ['KeyError', "'price'"])
  assert.deepEqual(traceback(attributes['exception.stacktrace']), lines)
})
