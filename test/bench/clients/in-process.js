'use strict'

// Calls an app inside this process: node in-process.js TARGET THREAD, started by rivals.js.

const { PythonHandler } = require('../../..')
const { APPS } = require('../apps')
const { HEADERS, keepInFlight, serveTasks } = require('../flight')

const [target, thread] = process.argv.slice(2)
const handler = new PythonHandler(target, { docroot: APPS, thread })

async function call() {
  const { status, body } = await handler.handleRequest({ method: 'GET', url: '/hello', headers: HEADERS })
  return { status, length: body.length }
}

serveTasks((task) => keepInFlight(call, task))
