'use strict'

// Calls an app inside this process: node in-process.js TARGET THREAD, started by rivals.js.

const { PythonHandler, Request } = require('../../..')
const { APPS } = require('../apps')
const { HEADERS, expectHello, keepInFlight, serveTasks } = require('../flight')
const { expectAnswer, nextRequest } = require('../varied')

const [target, thread] = process.argv.slice(2)
const handler = new PythonHandler(target, { docroot: APPS, thread })

async function callHello() {
  const { status, body } = await handler.handleRequest({ method: 'GET', url: '/hello', headers: HEADERS })
  expectHello(status, body.length)
}

async function callVaried() {
  const { target: url, headers } = nextRequest()
  const { status, body } = await handler.handleRequest({ method: 'GET', url, headers })
  expectAnswer(status, body)
}

async function callRequest() {
  const { target: url, headers } = nextRequest()
  const { status, body } = await handler.handleRequest(new Request({ url, headers }))
  expectAnswer(status, body)
}

serveTasks(({ isVaried, isRequest, ...task }) => {
  return keepInFlight(isRequest ? callRequest : isVaried ? callVaried : callHello, task)
})
