'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { OLDEST_MINOR, findPython } = require('./python')

/** Returns the first folder that contains the header. */
function firstWith(header, folders) {
  return folders.find((folder) => fs.existsSync(path.join(folder, header)))
}

/**
 * Finds a folder with `node_api.h`: the one in `PYTHON_NODE_NODE_INCLUDE`, else the system's, else that of the running
 * Node. Node-API is stable, so the headers of any version work.
 *
 * @returns {string | undefined}
 */
function findNodeHeaders(environment = process.env, system = '/usr/include') {
  const named = environment.PYTHON_NODE_NODE_INCLUDE
  if (named) return firstWith('node_api.h', [named])
  const besideNode = path.resolve(path.dirname(process.execPath), '..', 'include', 'node')
  return firstWith('node_api.h', [path.join(system, 'node'), besideNode])
}

/**
 * Finds a folder with `Python.h`: the one in `PYTHON_NODE_PYTHON_INCLUDE`, else the system's, else that of an
 * interpreter. The addon uses the limited API, so the headers of any version work, except those of free-threaded
 * builds.
 *
 * @param {import('./python').Interpreter[]} interpreters
 * @returns {string | undefined}
 */
function findPythonHeaders(interpreters, environment = process.env, system = '/usr/include') {
  const named = environment.PYTHON_NODE_PYTHON_INCLUDE
  if (named) return firstWith('Python.h', [named])
  const names = fs.existsSync(system) ? fs.readdirSync(system) : []
  const ofSystem = names
    .filter((name) => /^python3\.\d+$/.test(name) && Number(name.slice('python3.'.length)) >= OLDEST_MINOR)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => path.join(system, name))
  const ofInterpreters = interpreters
    .filter((found) => found.minor >= OLDEST_MINOR && !found.freeThreaded)
    .map((found) => found.include)
  return firstWith('Python.h', [...ofSystem, ...ofInterpreters])
}

/** Finds both folders. Runs the interpreters, which is slow, only if the usual folders have no headers. */
async function findHeaders() {
  return {
    nodeHeaders: findNodeHeaders(),
    pythonHeaders: findPythonHeaders([]) ?? findPythonHeaders((await findPython()).others),
  }
}

module.exports = { findHeaders, findNodeHeaders, findPythonHeaders }
