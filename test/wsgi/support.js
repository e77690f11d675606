'use strict'

const path = require('node:path')
const { PythonHandler } = require('../..')
const { missing } = require('../frameworks/servers')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'wsgi')
const lacking = missing(['a2wsgi'])

/** Why the tests of WSGI cannot run, or false. */
const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`

/**
 * Makes a handler for one of Fixtures/wsgi, closed after the test.
 *
 * @param {object} t the test.
 * @param {string} name the app's file, without its extension.
 * @param {object} [options] the handler's.
 * @returns {PythonHandler}
 */
function openWSGI(t, name, options) {
  const handler = new PythonHandler(`${name}:app`, { docroot, ...options })
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

/** Sends a request through the API and gives the body of the response, read as JSON. */
async function json(handler, url, more) {
  return JSON.parse((await handler.handleRequest({ url, ...more })).body)
}

/** The requests whose way the answers have, one after the other, as `[status, body]`. */
async function answer(handler, url, more) {
  const { status, body } = await handler.handleRequest({ url, ...more })
  return [status, body.toString('latin1')]
}

module.exports = { answer, docroot, json, openWSGI, skip }
