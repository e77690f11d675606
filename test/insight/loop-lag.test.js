'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { openApp, temporaryFolder } = require('../support')

test('stats() has the delay of the event loop', async (t) => {
  const handler = openApp(t, 'blocks_loop')
  await handler.handleRequest({ url: '/' })
  const { loopLag } = handler.stats()
  assert.equal(typeof loopLag, 'number')
  assert.ok(loopLag >= 0 && loopLag < 60_000)
})

test('an app that blocks the event loop is named on stderr while it does so, with its stack', async (t) => {
  const folder = temporaryFolder(t)
  const gate = path.join(folder, 'gate')
  const child = spawn(process.execPath, [path.join(__dirname, '..', 'fixtures', 'block-loop.js'), gate])
  let warning = ''
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    warning += text
    // The app may go on only now: the warning arrived while the loop was blocked.
    if (warning.includes('keep_everybody_waiting')) fs.writeFileSync(gate, '')
  })
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text
  })
  const [code] = await new Promise((resolve) => child.on('close', (...end) => resolve(end)))
  assert.equal(code, 0, warning)
  assert.match(warning, /The event loop has been blocked for 1 s, and every request waits for this code:/)
  assert.match(warning, /blocks_loop\.py", line \d+, in app\n/)
  assert.doesNotMatch(warning, /asyncio|python-node\//)
  const { body, lags, records } = JSON.parse(printed)
  assert.equal(body, 'done')
  assert.ok(Math.max(...lags) >= 500, `late by ${lags}`)
  assert.deepEqual(records, [['WARNING', 'python_node']])
})
