'use strict'

// Calls the app inside this process. Started by rivals.js.

const { PythonHandler } = require('../..')
const { HEADERS, serveTasks } = require('./flight')
const { APPS } = require('./rivals')

const handler = new PythonHandler('hello:app', { docroot: APPS })

serveTasks(() => async () => {
  const { status, body } = await handler.handleRequest({ method: 'GET', url: '/hello', headers: HEADERS })
  return { status, length: body.length }
})
