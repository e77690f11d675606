'use strict'

const { command } = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../../js/setup/virtual-environment')
const { provideNodePackages } = require('./node-packages')
const { TEST_PACKAGES } = require('./tools')

// Installs and builds what the long tests need. npm runs it before each of them.
command(async (console) => {
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, ...TEST_PACKAGES] })
  const problems = await provideNodePackages(console)
  if (problems.length > 0) throw new SetupError('Packages for the tests are missing.', problems)
})
