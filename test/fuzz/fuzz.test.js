'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Fuzzer } = require('./fuzzer')
const { parts } = require('./parts')

/** The same cases each time; `npm run fuzz` has new ones. */
const SEED = 20_250

for (const name of Object.keys(parts)) {
  const skip = parts[name].Part.whyNot?.() ?? false
  test(`the fuzzer's cases are answered or refused as expected: ${name}`, { skip }, async () => {
    const failures = []
    const fuzzer = new Fuzzer(SEED, { onFailure: (text) => failures.push(text) })
    await fuzzer.run([name], 150 * parts[name].share)
    assert.deepEqual(failures, [])
  })
}
