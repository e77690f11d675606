'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder } = require('./support')

const root = path.join(__dirname, '..')
const preload = path.join(__dirname, 'runner', 'nothing-left.js')

const APP = `
import asyncio

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(100000)})
    while scope["path"] == "/goes-on":
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
`

/** Runs a test file with that code as the checks run one; its status, and the counts that it is said to have left. */
function leave(t, code) {
  const text = `const { PythonHandler } = require(${JSON.stringify(root)})
const handler = new PythonHandler('main:app', { docroot: __dirname })
const ask = (url) => handler.handleRequest({ url })
async function main() { ${code} }
main()
`
  const folder = makeFolder(t, { 'main.py': APP, 'leaves.test.js': text })
  const { status, stderr } = spawnSync(process.execPath, ['--require', preload, path.join(folder, 'leaves.test.js')], {
    encoding: 'utf8',
    env: { ...process.env, NOTHING_LEFT_LIMIT: '3000' },
    timeout: 60000,
  })
  const said = /^left behind by .*leaves\.test\.js: (\{.*\})$/m.exec(stderr)
  return { status, left: said === null ? stderr : JSON.parse(said[1]) }
}

test('a test file that closes its handlers passes, also if it closes them at its end', (t) => {
  assert.deepEqual(leave(t, `await ask('/'); await handler.close()`), { status: 0, left: '' })
  assert.deepEqual(leave(t, `await ask('/')`), { status: 0, left: '' })
})

test('a test file that leaves an app running fails and lists its resources', (t) => {
  const left = {
    handlers: 0,
    servers: 0,
    slots: 1,
    borrowed: 0,
    blocks: 0,
    applications: 1,
    exchanges: 1,
    borrowedBuffers: 0,
  }
  assert.deepEqual(leave(t, `await ask('/goes-on'); await handler.close()`), { status: 1, left })
})

test('a test file in which a large body is kept fails', (t) => {
  const { status, left } = leave(t, `globalThis.kept = (await ask('/')).body`)
  assert.equal(status, 1)
  assert.deepEqual(left, {
    handlers: 0,
    servers: 0,
    slots: 0,
    borrowed: 0,
    blocks: 1,
    applications: 0,
    exchanges: 0,
    borrowedBuffers: 0,
  })
})
