'use strict'

const path = require('node:path')
const { isExecutable, run, which } = require('./child-processes')

const NEWEST_MINOR = 15
const OLDEST_MINOR = 8

// What the addon needs of an interpreter, asked from the interpreter itself. Written for Python 2.7 and later, so that
// one that is too old answers with its version too.
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
 * What is known of one interpreter.
 *
 * @typedef {object} Interpreter
 * @property {string} executable the interpreter itself, not a virtual environment's link nor a version manager's shim
 * @property {string} version `3.11.2`
 * @property {number} minor `11`
 * @property {string} include the folder its headers would be in
 * @property {boolean} freeThreaded built without the global lock
 * @property {string | null} library its shared library, which the addon loads
 * @property {boolean} venv whether it can make a virtual environment with pip in it
 */

/**
 * Asks an interpreter what it is.
 *
 * @returns {Promise<Interpreter | undefined>} `undefined` when it does not answer, as a version manager's shim without
 *   an installed version does
 */
async function describe(file) {
  const { code, lines } = await run(file, ['-c', QUESTION])
  if (code !== 0 || lines.length === 0) return undefined
  const answer = JSON.parse(lines[lines.length - 1])
  const [major, minor] = answer.version
  return { ...answer, version: answer.version.join('.'), minor: major === 3 ? minor : -1 }
}

/**
 * Interpreters that could be used, the preferred first: the one named by `PYTHON_NODE_PYTHON` (then no other),
 * `python3` on `PATH`, and the versions that have a name of their own.
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
 *   when one will do; else the problem in words and the Debian packages that solve it. `others`: every one that
 *   answered, for their headers.
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
