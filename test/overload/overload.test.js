'use strict'

const { test } = require('node:test')
const { Overload } = require('./overload')

const SIZES = { connections: 200, clients: 200, slow: 100, seconds: 1, limit: 50 }

for (const [server, kind] of Object.entries({ node: 'node:http', native: 'the handler' })) {
  test(`hundreds of clients, slow ones among them, are all answered, and those beyond the limit refused: by ${kind}`, async (t) => {
    await new Overload(SIZES, (line) => t.diagnostic(line), server).run()
  })
}
