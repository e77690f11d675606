'use strict'

const assert = require('node:assert/strict')
const childProcess = require('node:child_process')
const { promisify } = require('node:util')
const { makeFolder } = require('../support')

const execFile = promisify(childProcess.execFile)

/** Stands for esbuild, which is not here: prints what it is asked for. */
const ESBUILD = 'export const build = async (options) => console.log(JSON.stringify(options))\n'

/** Prints what a file of settings exports, if it exports something. */
const LOAD = `import('./' + process.argv[1]).then(({ default: it }) => it && console.log(JSON.stringify(it)))`

/** Runs a block that configures a bundler, and checks that the bundle does not include the package. */
async function leavesOut(t, { name, text }) {
  const folder = makeFolder(t, {
    [name]: text,
    'node_modules/esbuild/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/esbuild/index.js': ESBUILD,
  })
  const { stdout } = await execFile(process.execPath, ['-e', LOAD, name], { cwd: folder })
  const { serverExternalPackages, external = serverExternalPackages } = JSON.parse(stdout)
  assert.ok(external.includes('python-node'), stdout)
}

module.exports = { leavesOut }
