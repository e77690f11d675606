'use strict'

const { parseArgs } = require('node:util')
const { Handlers } = require('./handlers')
const { Requests } = require('./requests')

/** The parts, and by how many MiB the memory may grow: the noise of the allocators. */
const parts = {
  requests: { Part: Requests, growth: 16 },
  handlers: { Part: Handlers, growth: 16 },
}

const USAGE = `npm run soak -- [${Object.keys(parts).join('] [')}]

  --requests N     how many requests the first part sends, default 1000000
  --concurrency N  how many of them at once, default 64
  --seed N         what they are made of, default 1
  --handlers N     how many handlers the second part makes and closes, default 10000`

/** Runs parts. Afterwards no object may be left on either side, and memory must not have grown since the first tenth. */
async function main() {
  const { values, positionals } = parseArgs({
    options: {
      requests: { type: 'string', default: '1000000' },
      concurrency: { type: 'string', default: '64' },
      seed: { type: 'string', default: '1' },
      handlers: { type: 'string', default: '10000' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  const { help, ...numbers } = values
  const options = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]))
  const names = positionals.length > 0 ? positionals : Object.keys(parts)
  if (help || names.some((name) => !Object.hasOwn(parts, name)) || Object.values(options).some(Number.isNaN)) {
    console.log(USAGE)
    process.exitCode = help ? 0 : 2
    return
  }
  const lines = []
  for (const name of names) {
    const { Part, growth: allowed } = parts[name]
    const { counts, left, growth } = await new Part(options, (line) => console.log(line)).run()
    const isClean = Object.values(left).every((count) => count === 0)
    if (!isClean || growth > allowed) process.exitCode = 1
    const done = counts === undefined ? '' : `done ${JSON.stringify(counts)}, `
    const grown = `memory ${growth < 0 ? '' : '+'}${growth.toFixed(1)} MiB (at most ${allowed})`
    lines.push(`${options[name]} ${name}: ${done}left ${JSON.stringify(left)}, ${grown}`)
  }
  for (const line of lines) console.log(line)
  console.log(process.exitCode === 1 ? 'FAILED' : 'ok')
}

main()
