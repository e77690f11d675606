'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const file = path.join(root, 'python-node.node')

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
    const problem = fs.existsSync(file)
      ? `The addon ${file} does not load here (${platform}): ${cause.message}.`
      : `The addon ${file} is absent (${platform}).`
    const error = new Error(`${problem} ${remedy()}`, { cause })
    error.code = 'ERR_ASGI_ADDON'
    throw error
  }
}

/** What makes the addon: where npm has put the package that is another command than in a checkout. */
function remedy() {
  if (path.basename(path.dirname(root)) !== 'node_modules') {
    return `Run \`npm run build\` in ${root} to make it for this machine.`
  }
  const command = `npm rebuild ${path.basename(root)}`
  return `Run \`${command}\`, which builds it from source where the one of the package does not fit, with Swift on PATH.`
}

const binding = load()

// Files that an app names as a response's body are read with this; the addon alone cannot require modules.
binding.core.fs = fs

module.exports = binding
