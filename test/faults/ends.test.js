'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { ENDS, end } = require('./ends')
const { isHosted } = require('./support')

/** How often each; `npm run faults` ends many more. */
const ROUNDS = 3

for (const way of Object.keys(ENDS)) {
  test(`a process under load ends with the expected exit code and output: ${way}`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { expected, actual, stderr } = await end(way, isHosted ? 'node' : 'own')
      assert.deepEqual(actual, expected, stderr)
    }
  })
}
