'use strict'

// Reads environment variables while a thread of Python's writes others.

const { PythonHandler } = require('../..')
const { docroot, textOf } = require('./support')

const ROUNDS = 30_000

async function main() {
  const handler = new PythonHandler('changes_environment:app', { docroot })
  await textOf(handler, '/write/on')
  for (let round = 0; round < ROUNDS; round++) {
    if (process.env.PATH === undefined) throw new Error('PATH is gone')
    if (round % 1000 === 0) Object.keys(process.env)
  }
  await textOf(handler, '/stop/on')
  await handler.close()
  console.log('done')
}

main()
