'use strict'

const nativeBuild = require('./native-build')
const { meetRequirements } = require('./requirements')
const { SetupError } = require('./setup-error')
const virtualEnvironment = require('./virtual-environment')

const OLDEST_NODE = 18

/**
 * Installs or builds what is missing: Debian packages, `.venv` and its packages, the addon. Prints each step.
 *
 * @param {import('./console').Console} console
 * @param {{ packages?: string[], addon?: boolean }} [options] `packages`: the packages for `.venv`; `addon`: whether
 *   the addon is needed, default `true`.
 * @throws {SetupError} with all that is missing and cannot be installed, or with the output of a failed tool.
 */
async function prepare(console, { packages = virtualEnvironment.EXAMPLE_PACKAGES, addon = true } = {}) {
  checkNode()
  const todo = { addon: addon && !nativeBuild.isCurrent(), packages: !virtualEnvironment.isComplete(packages) }
  if (!todo.addon && !todo.packages) return
  const found = await meetRequirements(console, todo)
  if (found.python !== undefined) await virtualEnvironment.create(console, found.python)
  if (todo.packages) await virtualEnvironment.install(console, packages)
  if (todo.addon) await nativeBuild.build(console, found)
}

function checkNode() {
  const major = Number.parseInt(process.versions.node)
  if (major >= OLDEST_NODE) return
  throw new SetupError(
    `Node ${OLDEST_NODE} or later is needed, and this is ${process.versions.node} (${process.execPath}): install it from https://nodejs.org`,
  )
}

module.exports = { prepare }
