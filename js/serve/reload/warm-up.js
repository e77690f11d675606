'use strict'

const path = require('node:path')
const { PythonHandler } = require('../..')

const FILE = path.join(__dirname, 'python_node_warm_up.py')

/**
 * Loads Python and its event loop as the app will find them: by an app that does nothing.
 *
 * @param {object} settings those of the command.
 * @returns {Promise<void>} resolves also when there is no Python to load, which the app itself will say.
 */
async function warmUp({ appDir, loop, python, thread }) {
  const options = { docroot: appDir, lifespan: 'off', loop, python: python ?? undefined, thread: thread ?? undefined }
  try {
    const handler = new PythonHandler({ file: FILE, function: 'app' }, options)
    await handler.close()
  } catch (error) {
    if (!String(error.code).startsWith('ERR_ASGI_')) throw error
  }
}

module.exports = { warmUp }
