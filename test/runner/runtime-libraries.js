'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { run } = require('../../js/setup/child-processes')
const { SetupError } = require('../../js/setup/setup-error')

const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/**
 * Finds libraries of sanitizers and of libFuzzer in the installation of the Swift compiler on `PATH`.
 *
 * @param {string[]} names like `libclang_rt.asan`
 * @param {string} ending `.so` or `.a`
 * @returns {Promise<string[]>} their paths
 * @throws {SetupError} for one that is not there
 */
async function runtimeLibraries(names, ending) {
  const { lines } = await run('swiftc', ['-print-target-info'])
  const { runtimeResourcePath } = JSON.parse(lines.join('\n')).paths
  const folders = ['clang/lib/linux', 'linux'].map((folder) => path.join(runtimeResourcePath, folder))
  return names.map((name) => {
    for (const folder of folders) {
      for (const file of [`${name}-${ARCHITECTURE}${ending}`, `${name}${ending}`]) {
        if (fs.existsSync(path.join(folder, file))) return path.join(folder, file)
      }
    }
    throw new SetupError(`There is no ${name} beside this Swift compiler.`, folders)
  })
}

module.exports = { runtimeLibraries }
