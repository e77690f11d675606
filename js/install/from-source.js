'use strict'

const { findHeaders } = require('../setup/headers')
const nativeBuild = require('../setup/native-build')
const { SetupError } = require('../setup/setup-error')
const { findSwift } = require('../setup/swift-toolchain')

/**
 * Builds the addon. Unlike `npm run build` it installs nothing that is missing.
 *
 * @param {import('../setup/console').Console} console
 * @param {string} why the reason, which begins the messages.
 * @throws {SetupError} if something is missing, or with the compiler's output if the build fails.
 */
async function buildFromSource(console, why) {
  const [swift, headers] = await Promise.all([findSwift(), findHeaders()])
  const missing = []
  if (swift.problem !== undefined) missing.push(swift.problem)
  if (headers.nodeHeaders === undefined) {
    missing.push("Node's headers: set PYTHON_NODE_NODE_INCLUDE to the folder of node_api.h (Debian: libnode-dev)")
  }
  if (headers.pythonHeaders === undefined) {
    missing.push("Python's headers: set PYTHON_NODE_PYTHON_INCLUDE to the folder of Python.h (Debian: libpython3-dev)")
  }
  if (missing.length > 0) {
    throw new SetupError(`python-node: ${why}. To build the addon, install what is missing: ${missing.join('; ')}`)
  }
  console.line(`python-node: ${why}; building it from source`)
  await nativeBuild.build(console, headers)
}

module.exports = { buildFromSource }
