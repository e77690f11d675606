'use strict'

const { ending, run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../../js/setup/virtual-environment')
const { TEST_PACKAGES, denoFormat } = require('./tools')

// Brings every source file into the form that the lint check asks for.
command(async (console) => {
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, ...TEST_PACKAGES], addon: false })
  const deno = denoFormat()
  const swift = ['format', '--in-place', '--recursive', 'Sources', 'Tests', 'Package.swift']
  for (const [file, args, env] of [['swift', swift], [deno.file, deno.args, deno.environment]]) {
    const result = await run(file, args, { env, onLine: (line) => console.line(line) })
    if (result.code !== 0) throw new SetupError(`${file} ${args[0]} failed (${ending(result)})`)
  }
})
