'use strict'

// Requests that were sent together are started one after the other, and answered in groups.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { openApp, temporaryFolder } = require('./support')

const SOME = 8
const MANY = 200

for (const count of [SOME, MANY]) {
  test(`the first of ${count} answers comes while the last request of the batch blocks the event loop`, async (t) => {
    const handler = openApp(t, 'blocks_loop')
    const file = path.join(temporaryFolder(t), 'made')
    const ended = []
    const ask = async (url) => {
      const { body } = await handler.handleRequest({ url })
      ended.push(url)
      return String(body)
    }
    const busy = Array.from({ length: count - 1 }, () => ask('/busy'))
    const last = ask(`/block?${file}`)
    // If responses were held back until all are complete, none would come before the last.
    await Promise.race(busy)
    assert.ok(!ended.some((url) => url.includes(file)))
    fs.writeFileSync(file, '')
    assert.deepEqual(await Promise.all([...busy, last]), Array.from({ length: count }, () => 'done'))
  })
}
