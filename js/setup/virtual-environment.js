'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ending, isExecutable, run } = require('./child-processes')
const paths = require('./paths')
const { OLDEST_MINOR, describe } = require('./python')
const { SetupError } = require('./setup-error')

const folder = paths.virtualEnvironment
const interpreter = path.join(folder, 'bin', 'python')
// Records the installed packages, because asking pip is slow.
const marker = path.join(folder, 'python-node.json')

/** The packages of the example. */
const EXAMPLE_PACKAGES = ['fastapi', 'uvloop', 'python-multipart']
// Faster than asyncio's event loop, but not available for all Pythons.
const OPTIONAL = 'uvloop'

/** Whether `.venv` has an interpreter and, by its record, all of these packages. */
function isComplete(packages) {
  if (!isExecutable(interpreter)) return false
  const installed = recorded()
  return packages.every((name) => installed.includes(name))
}

function recorded() {
  if (!fs.existsSync(marker)) return []
  try {
    return JSON.parse(fs.readFileSync(marker, 'utf8')).packages
  } catch (error) {
    // Incomplete, because writing it was interrupted: run pip again.
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/**
 * Checks an existing `.venv`.
 *
 * @returns {Promise<{ usable: boolean, problem?: string }>} without `problem`, an unusable one is broken and can be
 *   replaced. With `problem` it works, but is not suitable, and the user decides.
 */
async function inspect() {
  if (!isExecutable(interpreter)) return { usable: false }
  const found = await describe(interpreter)
  if (found === undefined) return { usable: false }
  const remedy = 'remove the folder .venv and start again'
  if (found.minor < OLDEST_MINOR) {
    return {
      usable: false,
      problem: `Python: .venv holds ${found.version}; 3.${OLDEST_MINOR} or later is needed: ${remedy}`,
    }
  }
  if (found.library === null) {
    return { usable: false, problem: `Python: .venv's ${found.executable} has no shared library: ${remedy}` }
  }
  return { usable: true }
}

/** Makes `.venv` with this interpreter, and replaces a broken one. */
async function create(console, python) {
  const step = console.step('Making the virtual environment .venv')
  const result = await run(python.executable, ['-m', 'venv', '--clear', folder], {
    onLine: (line) => step.progress(line),
  })
  expectSuccess(step, result, `${python.executable} -m venv .venv`)
  step.done(`Python ${python.version}`)
}

/** Installs packages into `.venv`. Installed ones are not updated. */
async function install(console, packages) {
  const step = console.step(`Installing ${packages.join(', ')} into .venv`)
  const pip = (...args) =>
    run(interpreter, ['-m', 'pip', ...args], { env: environment(), onLine: (line) => step.progress(line) })

  // Virtual environments of other tools may not have pip.
  if ((await pip('--version')).code !== 0) {
    expectSuccess(step, await run(interpreter, ['-m', 'ensurepip']), 'python -m ensurepip')
  }
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off']
  let result = await pip('install', ...quiet, ...packages)
  let detail = ''
  if (result.code !== 0 && packages.includes(OPTIONAL)) {
    const others = packages.filter((name) => name !== OPTIONAL)
    const second = await pip('install', ...quiet, ...others)
    if (second.code === 0) {
      result = second
      detail = `${OPTIONAL} is not available for this Python: asyncio's own event loop is used`
    }
  }
  expectSuccess(step, result, `pip install ${packages.join(' ')}`)
  const all = [...new Set([...recorded(), ...packages])]
  fs.writeFileSync(marker, `${JSON.stringify({ packages: all }, null, 2)}\n`)
  step.done(detail)
}

/** Removes the variables that make pip install elsewhere than into `.venv`. */
function environment() {
  const env = { ...process.env }
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PIP_USER', 'PIP_TARGET', 'PIP_PREFIX']) delete env[name]
  return env
}

function expectSuccess(step, result, command) {
  if (result.code === 0) return
  step.failed(ending(result))
  throw new SetupError(`${command} failed (${ending(result)})`, result.lines.slice(-20))
}

module.exports = { EXAMPLE_PACKAGES, create, inspect, install, interpreter, isComplete }
