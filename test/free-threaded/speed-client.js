'use strict'

// Calls an app as often as it can, and prints requests a second: node speed-client.js TASK, started by speed.js.

const { PythonHandler } = require('../..')
const { keepInFlight } = require('../bench/flight')

const IN_FLIGHT = 64
const WARM_UP_MS = 300

const { app, body, docroot, headers, loops, method = 'GET', milliseconds, url } = JSON.parse(process.argv[2])
const handler = new PythonHandler(app, { docroot, loops })

async function call() {
  const { status } = await handler.handleRequest({ method, url, headers, body })
  if (status !== 200) throw new Error(`a wrong answer: ${status}`)
}

async function main() {
  await keepInFlight(call, { inFlight: IN_FLIGHT, milliseconds: WARM_UP_MS })
  const { requests, seconds } = await keepInFlight(call, { inFlight: IN_FLIGHT, milliseconds })
  console.log(requests / seconds)
  await handler.close()
}

main()
