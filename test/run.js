'use strict'

const { parseArgs } = require('node:util')
const { command } = require('../js/setup/command')
const { SetupError } = require('../js/setup/setup-error')
const { prepare } = require('../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../js/setup/virtual-environment')
const { checks, emptyReport } = require('./runner/checks')
const { TEST_PACKAGES } = require('./runner/tools')
const { provideNodePackages } = require('./runner/node-packages')
const { provideDeployment } = require('./runner/deployment')
const { provideValgrind } = require('./runner/valgrind')

const USAGE = `npm test -- [--only ${
  Object.keys(checks).join(',')
}] [test files or folders for the checks node and hosted]`

command(async (console) => {
  const { only, files } = options()
  // Only the tests in Node load the addon, so that the other checks also run while it does not compile.
  const needsAddon = only.includes('node') || only.includes('hosted')
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, ...TEST_PACKAGES], addon: needsAddon })
  const results = []
  if (only.includes('types') || needsAddon) {
    results.push(await timed('packages for the tests', () => provideNodePackages(console)))
  }
  if (only.includes('node')) await provideValgrind(console)
  if (only.includes('node') || only.includes('hosted')) await provideDeployment(console)

  for (const name of only) {
    console.heading(name)
    results.push(await timed(name, (report) => checks[name](console, files, report)))
  }

  console.heading('Summary')
  for (const { name, counts, failing, problems, milliseconds } of results) {
    const text = [counts.size === 0 ? name : `${name}: ${counted(counts)}`, ...problems].join('; ')
    console.outcome(problems.length === 0 ? 'ok' : 'failed', text, milliseconds)
    for (const line of failing) console.line(line)
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length
  console.line()
  console.line(`${results.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
})

/** Runs one check. It returns its failures as text, so that the next check runs in any case. */
async function timed(name, check) {
  const started = Date.now()
  const report = emptyReport()
  const problems = await check(report)
  return { name, ...report, problems, milliseconds: Date.now() - started }
}

function counted(counts) {
  const text = `${counts.get('pass')} passed, ${counts.get('fail')} failed, ${counts.get('skipped')} skipped`
  return counts.get('cancelled') > 0 ? `${text}, ${counts.get('cancelled')} cancelled` : text
}

function options() {
  const { values, positionals: files } = parsed()
  if (values.help) throw new SetupError(USAGE)
  const only = values.only === undefined ? Object.keys(checks) : values.only.split(',')
  const unknown = only.filter((name) => !Object.hasOwn(checks, name))
  if (unknown.length > 0) throw new SetupError(`There is no check ${unknown.join(', ')}.`, [USAGE])
  return { only, files }
}

function parsed() {
  try {
    return parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } }, allowPositionals: true })
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}
