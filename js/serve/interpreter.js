'use strict'

const fs = require('node:fs')

/** The shared library of Python: `libpython3.11.so.1.0`, or a framework's `3.11/Python`. */
const LIBRARY = /(?:libpython(3\.\d+)t?\.(?:so|dylib)|Python\.framework\/Versions\/(3\.\d+)t?\/)/

const UVLOOP = /\/uvloop\/loop\./

/**
 * Says which Python runs in this process, and which event loop, by the libraries that are loaded: Python itself need not
 * be asked.
 *
 * @param {boolean} isHosted whether the event loop is on JavaScript's thread; there it is asyncio's own.
 * @returns {{ python: string, loop: string }} as `Python 3.11` and `uvloop`.
 */
function describePython(isHosted) {
  const libraries = loadedLibraries()
  const match = LIBRARY.exec(libraries)
  return {
    python: match === null ? 'Python' : `Python ${match[1] ?? match[2]}`,
    loop: !isHosted && UVLOOP.test(libraries) ? 'uvloop' : 'asyncio',
  }
}

function loadedLibraries() {
  if (process.platform === 'linux') return fs.readFileSync('/proc/self/maps', 'latin1')
  return process.report.getReport().sharedObjects.join('\n')
}

module.exports = { describePython }
