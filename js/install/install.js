'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { command } = require('../setup/command')
const paths = require('../setup/paths')
const { buildFromSource } = require('./from-source')
const { describeAddon, findProblem, record } = require('./prebuilt')

// What npm runs when the package is installed: leaves the addon that came with it, or builds one where that is of no
// use. In a checkout it does nothing: there `npm run build` and `npm start` make the addon, and `npm ci` makes none.
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
    // Hundreds of megabytes that nobody needs again.
    fs.rmSync(paths.build, { recursive: true, force: true })
  }
  describeAddon()
})

/** Only what was packed has a record of its addon, and `.git` tells a checkout whose packing was broken off. */
function isCheckout() {
  return !fs.existsSync(record) || fs.existsSync(path.join(paths.root, '.git'))
}
