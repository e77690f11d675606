'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { isExecutable, run } = require('../../js/setup/child-processes')
const { OLDEST_MINOR, describe } = require('../../js/setup/python')
const { SetupError } = require('../../js/setup/setup-error')
const { folder, install } = require('./environments')

const NEWEST_MINOR = 15

/** The packages that fixtures import, and uvloop, which handlers use if it is installed. */
const PACKAGES = ['anyio']
const OPTIONAL = 'uvloop'

/**
 * Gets the Pythons of the matrix: those of pyenv, one of each version that is promised, and those that `PYTHONS` names, which
 * may be newer or free-threaded. Each gets a virtual environment with what the fixtures import.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {string[] | undefined} only versions, like `3.8`, of those of pyenv.
 * @param {{ programs?: string[], packages?: string[] }} [more] `programs`: instead of those that `PYTHONS` names;
 *   `packages`: to install in addition to what the fixtures import; `options`: of pip for all.
 * @returns {Promise<{ version: string, python: string, loop: string }[]>} `python`: the environment; `loop`: `uvloop`, or
 *   `asyncio` where there is none for this Python.
 */
async function providePythons(console, only, { programs = namedPrograms(), packages = [], options = [] } = {}) {
  const all = [...await ofPyenv(only), ...await describeAll(programs)]
  if (all.length === 0) {
    throw new SetupError(
      'There is no Python for the matrix: install some with pyenv, or name their programs in PYTHONS',
    )
  }
  const provided = []
  for (const found of all) {
    const version = `${found.version}${found.freeThreaded ? 't' : ''}`
    provided.push({ version, ...await provide(console, version, found, packages, options) })
  }
  return provided
}

async function ofPyenv(only) {
  const root = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions')
  const versions = new Map()
  for (const name of fs.existsSync(root) ? fs.readdirSync(root) : []) {
    const program = path.join(root, name, 'bin', 'python3')
    const found = isExecutable(program) ? await describe(program) : undefined
    if (found === undefined || found.library === null || found.freeThreaded) continue
    if (found.minor < OLDEST_MINOR || found.minor > NEWEST_MINOR) continue
    if (only === undefined || only.includes(`3.${found.minor}`)) versions.set(found.minor, found)
  }
  return [...versions.keys()].sort((one, other) => one - other).map((minor) => versions.get(minor))
}

function namedPrograms() {
  return (process.env.PYTHONS ?? '').split(path.delimiter).filter((program) => program !== '')
}

async function describeAll(programs) {
  const all = []
  for (const program of programs) {
    const found = isExecutable(program) ? await describe(program) : undefined
    if (found === undefined) throw new SetupError(`PYTHONS names ${program}, which is no Python that runs`)
    if (found.library === null) throw new SetupError(`PYTHONS names ${program}, which has no shared library`)
    all.push(found)
  }
  return all
}

async function provide(console, version, { executable }, more, options) {
  const name = `python-${version}`
  const python = path.join(folder, name)
  const packages = [...PACKAGES, ...more]
  // The other packages are installed with it: the first stands for all.
  const first = more.slice(0, 1).map((name) => name.split('==')[0])
  if (!await has(python, [...PACKAGES, ...first])) {
    try {
      await install(console, name, executable, [...packages, OPTIONAL], options)
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      console.line(`${error.message}; without ${OPTIONAL}, then`)
      await install(console, name, executable, packages, options)
    }
  }
  return { python, loop: await has(python, [OPTIONAL]) ? OPTIONAL : 'asyncio' }
}

async function has(environment, packages) {
  const program = path.join(environment, 'bin', 'python')
  return isExecutable(program) && (await run(program, ['-c', `import ${packages.join(', ')}`])).code === 0
}

module.exports = { providePythons }
