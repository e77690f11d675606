'use strict'

const { test } = require('node:test')
const { Overload } = require('./overload')

test('hundreds of clients, slow ones among them, are all answered, and those beyond the limit refused', async (t) => {
  const sizes = { connections: 200, clients: 200, slow: 100, seconds: 1, limit: 50 }
  await new Overload(sizes, (line) => t.diagnostic(line)).run()
})
