'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { readProfile } = require('./instructions/callgrind-output')
const { SCENARIOS, build, interpreter, measure, setting, whyNot } = require('./instructions/host-profile')
const { TOLERANCE, UPDATE, compare, nameOf, readThresholds } = require('./instructions/thresholds')

const skip = whyNot()
let prepared

/** What all scenarios need, made once. The program is only built where there is something to compare with. */
async function prepare() {
  const python = await interpreter()
  const found = await setting(python)
  const thresholds = readThresholds(found)
  if (thresholds === undefined) return { found }
  return { found, thresholds, python, program: await build() }
}

for (const scenario of SCENARIOS) {
  test(`${scenario}: a request costs as many instructions and allocations as are kept`, { skip }, async (t) => {
    prepared ??= prepare()
    const { found, thresholds, python, program } = await prepared
    if (thresholds === undefined) {
      return t.skip(`${nameOf(found)} has no numbers for ${found.build}: ${UPDATE} makes them`)
    }
    const cost = await measure(program, scenario, python)
    t.diagnostic(`${cost.instructions} instructions, ${cost.mallocs} allocations`)
    const problems = compare(scenario, cost, thresholds.costs[scenario])
    if (thresholds.swift !== found.swift && problems.length > 0) {
      problems.push(`They were kept with Swift ${thresholds.swift}; this is ${found.swift}.`)
    }
    assert.deepEqual(problems, [])
  })
}

test('more than is kept fails, and fewer too, until the number is updated', () => {
  const kept = { instructions: 20000, mallocs: 2.0625 }
  const within = 20000 * (TOLERANCE / 100)
  const compared = (change) => compare('hello', { ...kept, ...change }, kept)
  assert.deepEqual(compared({}), [])
  assert.deepEqual(compared({ instructions: 20000 + within }), [])
  assert.deepEqual(compared({ instructions: 20000 - within }), [])
  const [more, ...others] = compared({ instructions: 20001 + within })
  assert.match(more, /^hello: 20401 instructions a request, 401 \(2\.0 %\) more than the 20000 .*npm run thresholds/)
  assert.deepEqual(others, [])
  assert.match(compared({ instructions: 10000 })[0], /^hello: 10000 .*\(50\.0 %\) fewer .*npm run thresholds/)
  assert.match(compared({ mallocs: 3.0625 })[0], /^hello: 3\.0625 allocations a request, 1 \(48\.5 %\) more/)
  assert.match(compared({ mallocs: 1.0625 })[0], /fewer/)
  assert.equal(compared({ instructions: 1, mallocs: 1 }).length, 2)
})

test('a scenario without a threshold fails, and so does the first allocation where there was none', () => {
  const cost = { instructions: 100, mallocs: 1 }
  assert.match(compare('new', cost, undefined)[0], /^new has no threshold yet: npm run thresholds/)
  assert.match(
    compare('hello', cost, { instructions: 100, mallocs: 0 })[0],
    /1 allocations a request, 1 more than the 0/,
  )
})

test('a profile is read: own instructions without those of calls, and calls without those to itself', () => {
  const profile = readProfile([
    'events: Ir',
    'summary: 137',
    '',
    'ob=(1) /lib/one.so',
    'fl=(1) one.c',
    'fn=(1) drain',
    '10 5',
    '+3 7',
    'cob=(2) /lib/libc.so.6',
    'cfi=(2) malloc.c',
    'cfn=(2) malloc',
    'calls=3 40',
    '* 60',
    'cfn=(1)',
    'calls=2 10',
    '-1 12',
    '* 1',
    'fi=(3) inlined.h',
    '99 4',
    '',
    'ob=(2)',
    'fl=(2)',
    'fn=(2)',
    '40 60',
    'cfn=(3) sysmalloc',
    'calls=0 50',
    '* 60',
    'fn=(3)',
    '50 60',
    'totals: 137',
  ].join('\n'))
  assert.equal(profile.instructions, 137)
  assert.deepEqual(Object.fromEntries(profile.functions), {
    drain: { self: 17, calls: 0 },
    malloc: { self: 60, calls: 3 },
    sysmalloc: { self: 60, calls: 0 },
  })
})
