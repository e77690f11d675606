'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const file = path.join(root, 'python-node.node')

/**
 * Loads the native addon.
 *
 * @returns {object} `{ PythonHandler, core }`
 * @throws {Error} `ERR_ASGI_ADDON` when the file is missing or does not load, or Node forbids addons; its message says what
 *   to do.
 */
function load() {
  try {
    return require(file)
  } catch (cause) {
    if (cause.code === 'ERR_DLOPEN_DISABLED') throw failure(whyForbidden(), cause)
    const platform = `${process.platform}-${process.arch}, Node ${process.version}`
    const problem = fs.existsSync(file)
      ? `The addon ${file} does not load here (${platform}): ${cause.message.replace(/\.$/, '')}.`
      : `The addon ${file} is missing (${platform}).`
    throw failure(`${problem} ${remedy()}`, cause)
  }
}

function failure(message, cause) {
  return Object.assign(new Error(message, { cause }), { code: 'ERR_ASGI_ADDON' })
}

/** The message when Node's options forbid all addons. */
function whyForbidden() {
  const what = 'and python-node is one'
  if (process.permission === undefined) {
    return `Node was started with --no-addons, ${what}: start it without that option`
  }
  return `Node's permission model forbids addons, ${what}: start Node with --allow-addons as well`
}

/** How to build the addon. The command for a package in `node_modules` differs from that for a checkout. */
function remedy() {
  if (path.basename(path.dirname(root)) !== 'node_modules') {
    return `Run \`npm run build\` in ${root} to make it for this machine.`
  }
  const command = `npm rebuild ${path.basename(root)}`
  return `Run \`${command}\`: it builds the addon from source if the prebuilt one does not fit, and needs Swift on PATH.`
}

const binding = load()

// Before Node 20.16 an addon cannot load Node's modules.
binding.core.FileReader.fs ??= fs

module.exports = binding
