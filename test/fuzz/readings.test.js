'use strict'

const assert = require('node:assert/strict')
const { after, before, describe, test } = require('node:test')
const { EXCEPTIONS } = require('./readings/exceptions')
const { SEEDS } = require('./readings/connections')
const { Readings } = require('./readings/readings')

/** Longer connections are read by Node in one piece only. */
const LONGEST = 400

describe("the native parser reads as Node's does, except for listed differences", { skip: Readings.whyNot() }, () => {
  const readings = new Readings()
  const reasons = new Map()

  before(() => readings.open())
  after(() => readings.close())

  for (const [number, octets] of SEEDS.entries()) {
    const title = JSON.stringify(octets.subarray(0, 100).toString('latin1'))
    test(`connection ${number}, whole and cut at each place: ${title}`, async () => {
      const places = octets.length > LONGEST ? [] : Array.from(octets, (_, at) => [at])
      const outcome = await readings.compare(octets, [[], ...places])
      reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1)
    })
  }

  test('most connections are read the same, and each reason has a connection', () => {
    assert.ok(reasons.get('same') > SEEDS.length / 2)
    assert.deepEqual(EXCEPTIONS.filter(({ reason, isOfSome }) => !isOfSome && !reasons.has(reason)), [])
  })
})
