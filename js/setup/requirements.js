'use strict'

const { findHeaders } = require('./headers')
const { findPython } = require('./python')
const { SetupError } = require('./setup-error')
const { findSwift } = require('./swift-toolchain')
const { installPackages } = require('./system-packages')
const virtualEnvironment = require('./virtual-environment')

/**
 * A requirement that is not met.
 *
 * @typedef {object} Problem
 * @property {string} problem begins with its subject: `Swift: there is no …`
 * @property {string[]} [packages] the Debian packages that solve it.
 */

/**
 * Finds the tools and headers for the given work, and installs missing system packages if the user may.
 *
 * @param {import('./console').Console} console
 * @param {{ addon: boolean, packages: boolean }} todo the work: building the addon, installing Python packages.
 * @returns {Promise<{ python?: import('./python').Interpreter, nodeHeaders?: string, pythonHeaders?: string }>}
 *   `python` only if `.venv` is not usable.
 * @throws {SetupError} with a list of all that is still missing.
 */
async function meetRequirements(console, todo) {
  const first = await checkAll(console, todo)
  if (first.missing.length === 0) return first.found
  const packages = packagesFor(first.missing)
  if (packages.length === 0) throw stillMissing(first.missing)
  const { tried, reason } = await installPackages(console, packages)
  if (!tried) throw stillMissing(first.missing, reason)
  const second = await checkAll(console, todo)
  if (second.missing.length === 0) return second.found
  throw stillMissing(second.missing, reason)
}

/** Checks all requirements, so that all that is missing can be reported at once. */
async function checkAll(console, todo) {
  const found = {}
  const missing = []
  const one = async (title, finder) => {
    const step = console.step(title)
    const { detail, problems = [], ...rest } = await finder()
    Object.assign(found, rest)
    missing.push(...problems)
    if (problems.length === 0) step.done(detail)
    else step.missing(problems.map(({ problem }) => problem.replace(`${title}: `, '')).join('; '))
  }
  if (todo.packages) await one('Python', lookForPython)
  if (todo.addon) {
    await one('Swift', lookForSwift)
    await one('C headers', lookForHeaders)
  }
  return { found, missing }
}

async function lookForPython() {
  const { usable, problem } = await virtualEnvironment.inspect()
  if (usable) return { detail: 'from .venv' }
  if (problem !== undefined) return { problems: [{ problem }] }
  const { python, ...why } = await findPython()
  return python === undefined ? { problems: [why] } : { python, detail: `${python.version} (${python.executable})` }
}

async function lookForSwift() {
  const { version, problem } = await findSwift()
  return version === undefined ? { problems: [{ problem }] } : { detail: version }
}

async function lookForHeaders() {
  const { nodeHeaders, pythonHeaders } = await findHeaders()
  const problems = []
  if (nodeHeaders === undefined) {
    problems.push(absent("Node's", 'node_api.h', 'PYTHON_NODE_NODE_INCLUDE', 'libnode-dev'))
  }
  if (pythonHeaders === undefined) {
    problems.push(absent("Python's", 'Python.h', 'PYTHON_NODE_PYTHON_INCLUDE', 'libpython3-dev'))
  }
  return { nodeHeaders, pythonHeaders, detail: `${nodeHeaders}, ${pythonHeaders}`, problems }
}

function absent(whose, header, variable, debianPackage) {
  const named = process.env[variable]
  return named
    ? { problem: `C headers: ${variable} is ${named}, which has no ${header}: set it to the folder of that file` }
    : { problem: `C headers: there is no ${header}, ${whose}`, packages: [debianPackage] }
}

function packagesFor(missing) {
  return [...new Set(missing.flatMap(({ packages = [] }) => packages))]
}

function stillMissing(missing, reason) {
  const details = missing.map(({ problem, packages = [] }) =>
    packages.length === 0 ? problem : `${problem} (Debian: ${packages.join(', ')})`
  )
  const packages = packagesFor(missing)
  if (reason !== undefined) details.push(`${packages.join(', ')} could not be installed: ${reason}.`)
  if (packages.length > 0) details.push(`Install as root: apt-get install ${packages.join(' ')}`)
  return new SetupError('The set-up cannot go on. Install what is missing:', details)
}

module.exports = { meetRequirements }
