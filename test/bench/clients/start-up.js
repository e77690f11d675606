'use strict'

// Prints the milliseconds from `require` to a handler that is ready: node start-up.js THREAD FOLDER.

const [thread, docroot] = process.argv.slice(2)
const start = performance.now()
const { PythonHandler } = require('../../..')
const handler = new PythonHandler('hello:app', { docroot, thread })

async function main() {
  await handler.ready()
  const milliseconds = performance.now() - start
  const { status } = await handler.handleRequest({ method: 'GET', url: '/hello' })
  if (status !== 200) throw new Error(`a wrong answer: ${status}`)
  console.log(milliseconds)
}

main()
