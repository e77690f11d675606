'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { run } = require('../../js/setup/child-processes')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { folder, install } = require('../matrix/environments')

const fixtures = path.join(paths.root, 'Fixtures', 'packages')

/** Requirements for pip that are not just the package's name; empty for modules that come with Python. */
const REQUIREMENTS = { psycopg: 'psycopg[binary]', ssl: null, hashlib: null, sqlite3: null, zlib: null, torch: null }

/**
 * A virtual environment with the packages that the fixtures use.
 *
 * A package that cannot be installed is left out: not each has a wheel for each Python and machine.
 */
class PackageEnvironment {
  /** @param {string} place its folder. */
  constructor(place) {
    this.place = place
    this.program = path.join(place, 'bin', 'python')
  }

  /**
   * Creates the environment if needed, and installs missing packages.
   *
   * @param {import('../../js/setup/console').Console} console
   * @param {import('../../js/setup/python').Interpreter} python
   * @param {string} [torch] what pip is asked for to have PyTorch, whose ordinary wheels are for graphics cards and some
   *   gigabytes.
   */
  static async provide(console, python, torch) {
    const environment = new PackageEnvironment(path.join(folder, `packages-${python.version}`))
    if (!fs.existsSync(environment.program)) {
      await install(console, path.basename(environment.place), python.executable, ['wheel'])
    }
    const missing = await environment.#missing()
    for (const name of missing) {
      const requirement = name === 'torch' ? torch : REQUIREMENTS[name] === undefined ? name : REQUIREMENTS[name]
      if (requirement !== undefined && requirement !== null) await environment.#install(console, requirement)
    }
    return environment
  }

  async #install(console, requirement) {
    const step = console.step(`Installing ${requirement}`)
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:']
    const result = await run(this.program, [...args, requirement], { onLine: (line) => step.progress(line) })
    if (result.code === 0) step.done()
    else step.missing(result.lines.at(-1))
  }

  /** The packages that the fixtures use and that are not installed. */
  async #missing() {
    const versions = await this.versions()
    return [...versions.keys()].filter((name) => versions.get(name) === null)
  }

  /** Each package that the fixtures use with its version; null where it is not installed. */
  async versions() {
    const question = `
import json, sys, uses_packages
from importlib import metadata
found = {}
for name in uses_packages.packages():
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        found[name] = 'Python' if name in sys.stdlib_module_names else None
print(json.dumps(found))`
    const { code, lines } = await this.run(['-c', question])
    if (code !== 0) throw new SetupError('The fixtures cannot be read', lines.slice(-10))
    return new Map(Object.entries(JSON.parse(lines.at(-1))))
  }

  /** Runs its Python in the folder of the fixtures. */
  run(args) {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
    return run(this.program, args, { cwd: fixtures, env })
  }
}

module.exports = { PackageEnvironment }
