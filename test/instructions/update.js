'use strict'

const { command } = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { provideValgrind } = require('../runner/valgrind')
const { SCENARIOS, build, interpreter, measure, setting, whyNot } = require('./host-profile')
const { nameOf, readThresholds, writeThresholds } = require('./thresholds')

// `npm run thresholds`: keeps what requests cost now. PYTHON_NODE_PYTHON names another interpreter than that of `.venv`.
command(async (console) => {
  await prepare(console, { addon: false })
  await provideValgrind(console)
  const reason = whyNot()
  if (reason) throw new SetupError(`Nothing can be counted here: ${reason}.`)
  const python = await interpreter()
  const found = await setting(python)
  const before = readThresholds(found)?.costs ?? {}
  const program = await inStep(console, 'Building the program that runs the scenarios', build)
  const costs = {}
  for (const scenario of SCENARIOS) {
    costs[scenario] = await inStep(console, `Counting ${scenario}`, () => measure(program, scenario, python))
  }
  writeThresholds(found, costs)
  console.heading(`${nameOf(found)}: ${found.build}`)
  for (const scenario of SCENARIOS) console.line(change(scenario, costs[scenario], before[scenario]))
})

/** Does something that takes a while, and prints that. */
async function inStep(console, title, body) {
  const step = console.step(title)
  try {
    const result = await body((line) => step.progress(line))
    step.done()
    return result
  } catch (error) {
    step.failed()
    throw error
  }
}

function change(scenario, { instructions, mallocs }, before) {
  const was = before === undefined ? 'new' : `were ${before.instructions} and ${before.mallocs}`
  return `${scenario}: ${instructions} instructions and ${mallocs} allocations a request (${was})`
}
