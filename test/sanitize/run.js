'use strict'

const { command } = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../../js/setup/virtual-environment')
const { testFiles } = require('../runner/checks')
const { provideNodePackages } = require('../runner/node-packages')
const { TEST_PACKAGES } = require('../runner/tools')
const { SANITIZERS, build, runTests } = require('./sanitized')

/**
 * Tests that have nothing to do with the addon or with how it is built; those that start other programs, which would run
 * with the sanitizer's library as well: package managers, browsers, servers for Python; and those of Python's libraries kept
 * apart from Node's, which a sanitizer does not allow.
 */
const LEFT_OUT = new RegExp(
  '^test/(bench|deployment|example|frameworks|grid|hostile/(proxies|pythons)|instructions|linkage|matrix|packages|packaging|' +
    'python-versions|readme|serve|setup|websocket/clients)',
)

const USAGE = `npm run test:sanitize -- [${Object.keys(SANITIZERS).join('|')}] [test files]`

// Runs the tests in Node with the addon under the address sanitizer and under the thread sanitizer.
command(async (console) => {
  const [only, ...files] = process.argv.slice(2)
  if (only !== undefined && !Object.hasOwn(SANITIZERS, only)) throw new SetupError(`There is no ${only}.`, [USAGE])
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, ...TEST_PACKAGES] })
  await provideNodePackages(console)
  const results = []
  for (const name of only === undefined ? Object.keys(SANITIZERS) : [only]) {
    console.heading(`${name} sanitizer`)
    const checkout = await build(console, name)
    const found = files.length > 0
      ? files
      : testFiles('test').filter((file) => !LEFT_OUT.test(file) && !SANITIZERS[name].leavesOut?.test(file))
    for (const thread of ['own', 'node']) {
      const env = { PYTHON_NODE_THREAD: thread }
      results.push({ thread, ...await runTests(console, name, `The tests, thread '${thread}'`, checkout, found, env) })
    }
  }
  console.heading('Summary')
  for (const { name, thread, tests, passed, findings, text } of results) {
    console.line(`${name}, thread '${thread}': ${tests} tests, ${passed} passed, ${findings} findings${text}`)
  }
  process.exitCode = results.some(({ isClean }) => !isClean) ? 1 : 0
})
