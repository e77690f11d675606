'use strict'

// Closes a handler whose app goes on when it is cancelled, and prints the outcome.

const { PythonHandler } = require('../..')
const { docroot, outcomeOf, textOf } = require('./support')

async function main(what) {
  const handler = new PythonHandler('will_not_stop:app', { docroot, lifespanTimeout: 2000 })
  const pending = outcomeOf(handler.handleRequest({ url: `/${what}/key` }))
  await textOf(handler, '/notes/key')
  const outcome = await handler.close({ timeout: 0 }).then(() => 'closed', ({ message }) => message)
  await pending
  console.log(outcome)
}

main(process.argv[2])
