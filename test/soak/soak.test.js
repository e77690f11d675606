'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Handlers } = require('./handlers')

test('a handler that was made, used and closed leaves nothing in JavaScript or Python', async (t) => {
  const { counts, left } = await new Handlers({ handlers: 30 }, (line) => t.diagnostic(line)).run()
  // Half of them have a lifespan, a third are closed while a response is on its way.
  assert.deepEqual(counts, { made: 30, started: 15, stopped: 15, 'given up': 40, sockets: 30 })
  assert.deepEqual(left, { applications: 0, tasks: 0, handlers: 0, slots: 0 })
})
