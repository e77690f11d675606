'use strict'

const fs = require('node:fs')
const path = require('node:path')

const file = path.join(__dirname, '..', 'python-node.node')

/**
 * Loads the addon that carries Python.
 *
 * @returns {object} what the addon exports: `PythonHandler` and `core`.
 * @throws {Error} `ERR_ASGI_ADDON`, naming the file, the platform and what to do, when it is absent or does not load.
 */
function load() {
  try {
    return require(file)
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}, Node ${process.version}`
    const error = new Error(
      fs.existsSync(file)
        ? `The addon ${file} does not load here (${platform}): ${cause.message}. ` +
          '`npm run build` makes it for this machine.'
        : `The addon ${file} is absent (${platform}). Run \`npm run build\` in ${path.dirname(file)} to make it.`,
      { cause },
    )
    error.code = 'ERR_ASGI_ADDON'
    throw error
  }
}

const binding = load()

// Files that an app names as a response's body are read with this; the addon alone cannot require modules.
binding.core.fs = fs

module.exports = binding
