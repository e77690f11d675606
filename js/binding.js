'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const file = path.join(root, 'python-node.node')

/**
 * Loads the addon that carries Python.
 *
 * @returns {object} what the addon exports: `PythonHandler` and `core`.
 * @throws {Error} `ERR_ASGI_ADDON`, naming the file, the platform and what to do, when it is absent or does not load, or
 *   Node's option, when that forbids addons.
 */
function load() {
  try {
    return require(file)
  } catch (cause) {
    if (cause.code === 'ERR_DLOPEN_DISABLED') throw failure(whyForbidden(), cause)
    const platform = `${process.platform}-${process.arch}, Node ${process.version}`
    const problem = fs.existsSync(file)
      ? `The addon ${file} does not load here (${platform}): ${cause.message.replace(/\.$/, '')}.`
      : `The addon ${file} is absent (${platform}).`
    throw failure(`${problem} ${remedy()}`, cause)
  }
}

function failure(message, cause) {
  return Object.assign(new Error(message, { cause }), { code: 'ERR_ASGI_ADDON' })
}

/** Why Node loads no addon at all, and what lets it. */
function whyForbidden() {
  const what = 'and python-node is one'
  if (process.permission === undefined) {
    return `Node was started with --no-addons, ${what}: start it without that option`
  }
  return `Node's permission model forbids addons, ${what}: start Node with --allow-addons as well`
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

// Node before 20.16 gives an addon no modules of its own.
binding.core.FileReader.fs ??= fs

module.exports = binding
