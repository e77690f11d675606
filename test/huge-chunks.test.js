'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const os = require('node:os')
const { test } = require('node:test')
const { Request } = require('..')
const { listen, openApp } = require('./support')

/** More than a length of 32 bits can say. */
const HUGE = 2 ** 32 + 10
const NEEDED = 14 * 2 ** 30
const skip = reasonToSkip()
const options = { skip, timeout: 200_000 }
/** ms: the neighbours wait while the gigabytes are copied. */
const responseTimeout = 190_000

function reasonToSkip() {
  if (process.env.HUGE_CHUNKS === undefined) return 'npm run test:huge runs it'
  return os.freemem() < NEEDED ? `it needs ${NEEDED / 2 ** 30} GiB of free memory` : false
}

/** Reads a response of `x` that ends in `end`, and gives how long it was. */
async function lengthOf(chunks) {
  let length = 0
  let tail = ''
  for await (const chunk of chunks) {
    length += chunk.length
    tail = (tail + chunk.subarray(-3).toString('latin1')).slice(-3)
  }
  assert.equal(tail, 'end')
  return length
}

function get(port, path) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject)
  })
}

test('a chunk of more than 4 GiB arrives whole, and its neighbours have theirs', options, async (t) => {
  const handler = openApp(t, 'huge_chunks', { responseTimeout })
  const port = await listen(t, http.createServer(handler.listener))
  for (const neighbours of [true, false]) {
    const paths = neighbours ? ['/10', `/${HUGE}`, '/20000'] : [`/${HUGE}`]
    const lengths = paths.map(async (path) => lengthOf(await get(port, path)))
    assert.deepEqual(await Promise.all(lengths), paths.map((path) => Number(path.slice(1))))
  }
  const responses = ['/10', `/${HUGE}`, '/20000'].map((url) => handler.handleStream({ url }))
  const lengths = await Promise.all(responses.map(async (response) => lengthOf(await response)))
  assert.deepEqual(lengths, [10, HUGE, 20000])
})

test('a chunk of an upload of 4 GiB arrives whole, and its neighbours have theirs', options, async (t) => {
  // The largest Buffer that this Node has, where that is as much.
  const { MAX_LENGTH } = require('node:buffer').constants
  if (MAX_LENGTH < 2 ** 32) return t.skip('this Node has no Buffer of 4 GiB')
  const handler = openApp(t, 'huge_chunks', { responseTimeout })
  const uploads = [10, 2 ** 32, 20000].map(async (size) => {
    const request = new Request({ method: 'POST', url: '/' })
    const response = handler.handleRequest(request)
    await request.write(Buffer.alloc(size, 'x'))
    await request.end()
    return Number((await response).body)
  })
  assert.deepEqual(await Promise.all(uploads), [10, 2 ** 32, 20000])
})
