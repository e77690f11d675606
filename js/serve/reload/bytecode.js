'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * Removes the bytecode of changed files. Python reuses it if the file's size and modification time in whole seconds are
 * the same, which two quick saves can have.
 *
 * @param {string[]} files
 */
function removeBytecode(files) {
  for (const file of files) {
    const { dir, ext, name } = path.parse(file)
    if (ext !== '.py') continue
    const cache = path.join(dir, '__pycache__')
    for (const each of namesIn(cache)) {
      if (each.startsWith(`${name}.`) && each.endsWith('.pyc')) fs.rmSync(path.join(cache, each), { force: true })
    }
  }
}

function namesIn(folder) {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

module.exports = { removeBytecode }
