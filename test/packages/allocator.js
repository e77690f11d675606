'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ending, run, which } = require('../../js/setup/child-processes')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')

const PACKAGE = 'libjemalloc2'
const FILE = 'libjemalloc.so.2'

/** Folders of Debian's libraries, and one for a library that is unpacked without being installed. */
const unpacked = path.join(paths.build, 'packages', PACKAGE)
const folders = (root) => ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((name) => path.join(root, 'usr', 'lib', name))

/**
 * Gets jemalloc, to be preloaded: the installed one, or Debian's, which is unpacked without being installed.
 *
 * @param {import('../../js/setup/console').Console} console
 * @returns {Promise<string | undefined>} the library; nothing where there is none to be had.
 */
async function provideAllocator(console) {
  const present = find()
  if (present !== undefined) return present
  if (which('apt-get') === undefined || which('dpkg') === undefined) return undefined
  const step = console.step(`Unpacking ${PACKAGE}`)
  fs.mkdirSync(unpacked, { recursive: true })
  const downloaded = await run('apt-get', ['download', PACKAGE], {
    cwd: unpacked,
    onLine: (line) => step.progress(line),
  })
  const file = fs.readdirSync(unpacked).find((name) => name.endsWith('.deb'))
  if (downloaded.code !== 0 || file === undefined) {
    step.failed(ending(downloaded))
    return undefined
  }
  const result = await run('dpkg', ['-x', file, '.'], { cwd: unpacked })
  if (result.code !== 0) {
    step.failed(ending(result))
    throw new SetupError(`dpkg -x ${file} failed (${ending(result)})`, result.lines.slice(-10))
  }
  step.done(file)
  return find()
}

function find() {
  return [...folders('/'), ...folders(unpacked)].map((folder) => path.join(folder, FILE)).find((file) =>
    fs.existsSync(file)
  )
}

module.exports = { provideAllocator }
