'use strict'

const path = require('node:path')
const { isExecutable, run, which } = require('./child-processes')

const NEWEST_MINOR = 15
const OLDEST_MINOR = 8

// Prints the properties of an interpreter that the addon depends on. It runs on Python 2.7, too, so that an interpreter
// that is too old can be reported with its version.
const QUESTION = `
import json, os, sys, sysconfig
def there(module):
    try:
        __import__(module)
        return True
    except ImportError:
        return False
get = sysconfig.get_config_var
folders = [get('LIBDIR'), os.path.join(get('LIBDIR') or '', get('MULTIARCH') or ''), get('LIBPL'),
           os.path.join(sys.base_prefix if hasattr(sys, 'base_prefix') else sys.prefix, 'lib'), get('PYTHONFRAMEWORKPREFIX')]
names = [get('INSTSONAME'), get('LDLIBRARY')]
libraries = [os.path.join(folder, name) for folder in folders for name in names
             if folder and name and not name.endswith('.a')]
print(json.dumps({
    'version': list(sys.version_info[:3]),
    'executable': getattr(sys, '_base_executable', None) or sys.executable,
    'include': sysconfig.get_path('include'),
    'freeThreaded': bool(get('Py_GIL_DISABLED')),
    'library': next((file for file in libraries if os.path.exists(file)), None),
    'venv': there('venv') and there('ensurepip'),
}))
`

/**
 * The properties of an interpreter.
 *
 * @typedef {object} Interpreter
 * @property {string} executable the interpreter itself, not the link of a virtual environment or the shim of a version
 *   manager
 * @property {string} version `3.11.2`
 * @property {number} minor `11`
 * @property {string} include the folder for its headers, which may not be installed
 * @property {boolean} freeThreaded whether it was built without the GIL
 * @property {string | null} library the shared library, which the addon loads; `null` if it has none
 * @property {boolean} venv whether it can make a virtual environment with pip
 */

/**
 * Runs an interpreter to read its properties.
 *
 * @returns {Promise<Interpreter | undefined>} `undefined` if it fails, like the shim of a version manager without an
 *   installed version.
 */
async function describe(file) {
  const { code, lines } = await run(file, ['-c', QUESTION])
  if (code !== 0 || lines.length === 0) return undefined
  const answer = JSON.parse(lines[lines.length - 1])
  const [major, minor] = answer.version
  return { ...answer, version: answer.version.join('.'), minor: major === 3 ? minor : -1 }
}

/**
 * Lists the interpreters to try, in order: only that of `PYTHON_NODE_PYTHON`, if it is set; else `python3` on `PATH`,
 * then `python3.15` and older.
 */
function candidates(environment = process.env) {
  const named = environment.PYTHON_NODE_PYTHON
  if (named) {
    const inside = path.join(named, 'bin', 'python3')
    return [isExecutable(inside) ? inside : path.resolve(named)]
  }
  const names = ['python3']
  for (let minor = NEWEST_MINOR; minor >= OLDEST_MINOR; minor--) names.push(`python3.${minor}`)
  const files = [...names.map((name) => which(name, environment.PATH)), which('python3', '/usr/bin')]
  return [...new Set(files.filter((file) => file !== undefined))]
}

/**
 * Finds an interpreter for the virtual environment.
 *
 * @returns {Promise<{ python?: Interpreter, problem?: string, packages: string[], others: Interpreter[] }>} `python`
 *   if one is suitable; else `problem`, and the Debian packages that solve it. `others`: all interpreters that run, for
 *   their headers.
 */
async function findPython(environment = process.env) {
  const files = candidates(environment)
  const others = []
  for (const file of files) {
    if (!isExecutable(file)) continue
    const found = await describe(file)
    if (found === undefined) continue
    others.push(found)
    if (found.minor >= OLDEST_MINOR && found.library !== null && found.venv) {
      return { python: found, packages: [], others }
    }
  }
  return { ...whyNone(files, others, environment.PYTHON_NODE_PYTHON), others }
}

function whyNone(files, others, named) {
  const recent = others.find((found) => found.minor >= OLDEST_MINOR)
  if (recent === undefined) {
    const seen = others.map((found) => `${found.executable} is ${found.version}`).join(', ')
    const looked = seen || (files.length > 0 ? `${files.join(', ')} did not answer` : 'there is no python3 on PATH')
    const advice = `Python 3.${OLDEST_MINOR} or later is needed`
    if (named) return { problem: `Python: PYTHON_NODE_PYTHON is ${named}: ${looked}; ${advice}`, packages: [] }
    return { problem: `Python: ${looked}; ${advice}`, packages: ['python3', 'python3-venv', 'libpython3-dev'] }
  }
  const ofSystem = recent.executable.startsWith('/usr/bin/')
  const problems = []
  const packages = []
  if (recent.library === null) {
    problems.push(
      ofSystem ? 'has no shared library' : 'has no shared library (it was built without --enable-shared)',
    )
    if (ofSystem) packages.push(`libpython3.${recent.minor}`)
  }
  if (!recent.venv) {
    problems.push('lacks the venv and ensurepip modules')
    if (ofSystem) packages.push(`python3.${recent.minor}-venv`)
  }
  return { problem: `Python: ${recent.executable} (${recent.version}) ${problems.join(' and ')}`, packages }
}

module.exports = { OLDEST_MINOR, describe, findPython }
