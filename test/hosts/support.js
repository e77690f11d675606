'use strict'

const path = require('node:path')
const { openApp } = require('../support')

/**
 * Makes a handler for one of Fixtures/hosts, closed after the test.
 *
 * @param {object} t the test.
 * @param {string} name the app's file, without its extension.
 * @param {object} [options] the handler's.
 * @returns {PythonHandler}
 */
function openHostApp(t, name, options) {
  return openApp(t, name, { docroot: path.join(__dirname, '..', '..', 'Fixtures', 'hosts'), ...options })
}

/** Gives the values of a header in a scope of dump_scope, in order. */
function headerOf(scope, name) {
  return scope.headers.filter(([each]) => each.bytes === name).map(([, value]) => value.bytes)
}

module.exports = { headerOf, openHostApp }
