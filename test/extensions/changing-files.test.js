'use strict'

// Files that change while node:http sends them: http.response.pathsend and http.response.zerocopysend.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { listen, makeFolder, openApp, send, until } = require('../support')

// More than the buffers of the system and of Node take.
const SIZE = 64 << 20
const LENGTH = ['content-length', String(SIZE)]

/** The ways to send a whole file, and then `tail` if there may be more. */
const WAYS = {
  'by its path, with its length': (file) => [['start', [LENGTH]], ['path', file]],
  'by its path': (file) => [['start', []], ['path', file]],
  'by its descriptor, with its length': (file) => [['start', [LENGTH]], ['part', file, 0, SIZE], ['end']],
  'by its descriptor': (file) => [['start', []], ['part', file, 0, null], ['body', 'tail'], ['end']],
}

/** Begins a response, and waits until it waits for its client. */
async function begin(t, steps) {
  const handler = openApp(t, 'sends_files_as_told')
  const errors = []
  handler.on('error', ({ code }) => errors.push(code))
  const responses = []
  const port = await listen(
    t,
    http.createServer((req, res) => {
      responses.push(res)
      handler.listener(req, res)
    }),
  )
  const file = path.join(makeFolder(t, { file: '' }), 'file')
  fs.truncateSync(file, SIZE)
  const url = `/?${encodeURIComponent(JSON.stringify(steps(file)))}`
  const [body] = await once(http.get({ port, host: '127.0.0.1', path: url, agent: false }), 'response')
  await until(() => responses[0].writableNeedDrain, 'the response waits for its client')
  return { handler, port, errors, file, body }
}

async function read(body) {
  let bytes = 0
  try {
    for await (const chunk of body) bytes += chunk.length
  } catch ({ code }) {
    return { bytes, code }
  }
  return { bytes, code: null }
}

for (const [name, steps] of Object.entries(WAYS)) {
  test(`a file that becomes shorter while it is sent ${name} ends its connection, and the app's wait`, async (t) => {
    const { handler, port, errors, file, body } = await begin(t, steps)
    fs.truncateSync(file, 1000)
    const { bytes, code } = await read(body)
    assert.equal(code, 'ECONNRESET')
    assert.ok(bytes < SIZE)
    assert.deepEqual(errors, ['ERR_ASGI_INCOMPLETE_RESPONSE'])
    assert.equal((await send({ port, path: '/go' })).status, 200)
    assert.equal(handler.stats().inFlight, 0)
    // It waits for the app.
    await handler.close()
  })

  test(`a file that becomes longer while it is sent ${name} keeps its first length`, async (t) => {
    const { errors, file, body } = await begin(t, steps)
    fs.truncateSync(file, SIZE + 1000)
    const tail = steps(file).some(([kind]) => kind === 'body') ? 4 : 0
    assert.deepEqual(await read(body), { bytes: SIZE + tail, code: null })
    assert.deepEqual(errors, [])
  })
}
