'use strict'

const { parseArgs } = require('node:util')
const { parts } = require('./parts')
const { Fuzzer } = require('./fuzzer')

const USAGE = `npm run fuzz -- [--seed N] [--cases N] [--only ${Object.keys(parts).join(',')}] [--case K]

  --seed N   the seed of the random cases; default: a new one, which is printed first
  --cases N  how many in total, shared by the parts; default 200000
  --only     only these parts
  --without  all parts except these
  --case K   only this case, of the one part of --only: a failure names it`

async function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      cases: { type: 'string', default: '200000' },
      only: { type: 'string' },
      without: { type: 'string' },
      case: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const seed = Number(values.seed ?? Date.now() % 0x7fffffff)
  console.log(`seed ${seed}`)
  const fuzzer = new Fuzzer(seed, { onFailure: (text) => console.log(text) })
  const without = namesOf(values.without ?? '')
  const names = namesOf(values.only ?? Object.keys(parts).join()).filter((name) => !without.includes(name))
  const alone = values.case === undefined ? null : Number(values.case)
  const counts = await fuzzer.run(names, Number(values.cases), alone)
  for (const { name, cases, failures, seconds, said } of counts) {
    const outcomes = Object.entries(said).sort(([a], [b]) => a < b ? -1 : 1).map(([what, count]) => `${what} ${count}`)
    console.log(`${name}: ${cases} cases, ${failures} failures, ${seconds.toFixed(1)} s (${outcomes.join(', ')})`)
  }
  const total = counts.reduce((sum, { cases }) => sum + cases, 0)
  const failures = counts.reduce((sum, each) => sum + each.failures, 0)
  console.log(`${total} cases, ${failures} failures, seed ${seed}`)
  process.exitCode = failures === 0 ? 0 : 1
}

/** The parts that an option names. */
function namesOf(value) {
  const names = value === '' ? [] : value.split(',')
  const unknown = names.find((name) => !Object.hasOwn(parts, name))
  if (unknown !== undefined) {
    throw new Error(`There is no part ${unknown}; the parts are ${Object.keys(parts).join(', ')}`)
  }
  return names
}

main()
