// Imports applications.
'use strict'

const native = require('native')
const { fromJSON } = require('./errors')

/**
 * Imports an application. Blocks until Python has imported it.
 * @param {{ file: string, attribute: string }} target `file` is '' if the handler only calls functions
 * @param {object} options with defaults, see options.js
 * @returns {number} the number that identifies the application in the addon
 * @throws {AsgiError} the error of Python or of the host
 */
function load(target, options) {
  const loaded = native.load({
    file: target.file,
    attribute: target.attribute,
    docroot: resolved(options.docroot),
    rootPath: options.rootPath,
    python: options.python,
    loop: options.loop,
    thread: options.thread ?? '',
    interface: options.interface,
    factory: options.factory,
    exposeErrors: options.exposeErrors,
    logging: options.logging,
    lifespan: target.file === '' ? 'off' : options.lifespan,
    lifespanScope: options.lifespanScope,
    lifespanTimeout: options.lifespanTimeout,
    loops: options.loops ?? -1,
    highWaterMark: options.highWaterMark,
    scope: typeof options.scope === 'object' ? JSON.stringify(options.scope) : '',
    PYTHON_NODE_THREAD: process.env.PYTHON_NODE_THREAD ?? '',
    PYTHON_NODE_LOOPS: process.env.PYTHON_NODE_LOOPS ?? '',
    PYTHON_NODE_PYTHON: process.env.PYTHON_NODE_PYTHON ?? '',
    VIRTUAL_ENV: process.env.VIRTUAL_ENV ?? '',
    PATH: process.env.PATH ?? '',
  })
  if (typeof loaded === 'string') throw fromJSON(loaded)
  return loaded
}

/** The absolute path of a folder. */
function resolved(docroot) {
  if (docroot === undefined || docroot === '') return process.cwd()
  return docroot.startsWith('/') ? docroot : `${process.cwd()}/${docroot}`
}

module.exports = { load }
