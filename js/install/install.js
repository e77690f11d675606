'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { command } = require('../setup/command')
const paths = require('../setup/paths')
const { buildFromSource } = require('./from-source')
const { describeAddon, findProblem, record } = require('./prebuilt')

// The npm script `install`: keeps the package's prebuilt addon if it works, else builds one. It does nothing in a checkout,
// where `npm run build` and `npm start` build the addon.
command(async (console) => {
  if (isCheckout()) {
    console.line('python-node: this is a checkout; npm run build makes the addon')
    return
  }
  const started = Date.now()
  const problem = await findProblem()
  if (problem === undefined) {
    console.outcome('ok', 'the addon of the package runs here', Date.now() - started)
    return
  }
  try {
    await buildFromSource(console, problem)
  } finally {
    // The build folder has hundreds of megabytes.
    fs.rmSync(paths.build, { recursive: true, force: true })
  }
  describeAddon()
})

/** A checkout has no record of the addon, except after an interrupted `npm pack`; then `.git` tells. */
function isCheckout() {
  return !fs.existsSync(record) || fs.existsSync(path.join(paths.root, '.git'))
}
