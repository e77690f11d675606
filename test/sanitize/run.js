'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ending, run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const { findHeaders } = require('../../js/setup/headers')
const nativeBuild = require('../../js/setup/native-build')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../../js/setup/virtual-environment')
const { runnerOptions, testFiles, withoutPython } = require('../runner/checks')
const { provideNodePackages } = require('../runner/node-packages')
const { runtimeLibraries } = require('../runner/runtime-libraries')
const { TEST_PACKAGES } = require('../runner/tools')

/** What each sanitizer needs beside a build of its own, and how it says that it has found something. */
const SANITIZERS = {
  address: {
    libraries: ['libclang_rt.asan'],
    options: { ASAN_OPTIONS: 'detect_leaks=0:detect_odr_violation=0:allocator_may_return_null=1:exitcode=99' },
    finding: /ERROR: AddressSanitizer/,
  },
  thread: {
    // Swift's own dispatch has to be there before Node's first thread.
    libraries: ['libclang_rt.tsan', 'libdispatch'],
    // Node and CPython are not built with it: what happens inside of them cannot be judged, what we do from there is.
    options: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:allocator_may_return_null=1:exitcode=66' },
    // It gives up on a process with threads that forks.
    leavesOut: /^test\/faults\/children/,
    finding: /WARNING: ThreadSanitizer/,
  },
}

/**
 * Tests that have nothing to do with the addon or with how it is built, and those that start other programs, which would
 * run with the sanitizer's library as well: package managers, browsers, servers for Python.
 */
const LEFT_OUT = new RegExp(
  '^test/(bench|deployment|example|frameworks|grid|hostile/(proxies|pythons)|instructions|linkage|matrix|packaging|' +
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
    for (const thread of ['own', 'node']) results.push(await runTests(console, name, thread, checkout, files))
  }
  console.heading('Summary')
  for (const { name, thread, tests, passed, findings, text } of results) {
    console.line(`${name}, thread '${thread}': ${tests} tests, ${passed} passed, ${findings} findings${text}`)
  }
  process.exitCode = results.some(({ isClean }) => !isClean) ? 1 : 0
})

/** Builds the addon with a sanitizer, and a checkout beside it that uses this build. */
async function build(console, name) {
  const folder = path.join(paths.root, `.build-${name}`)
  const step = console.step(`Building with the ${name} sanitizer`)
  const flags = name === 'thread' ? ['-Xswiftc', '-DTHREAD_SANITIZER'] : []
  const args = [
    'build',
    '-c',
    'release',
    '--product',
    'python-node',
    `--sanitize=${name}`,
    '--scratch-path',
    folder,
    ...flags,
  ]
  const env = nativeBuild.environment(await findHeaders())
  const result = await run('swift', args, { env, onLine: (line) => step.progress(line) })
  if (result.code !== 0) {
    step.failed(ending(result))
    throw new SetupError(`swift ${args.join(' ')} failed`, result.lines.slice(-30))
  }
  step.done()
  const checkout = path.join(folder, 'checkout')
  fs.rmSync(checkout, { recursive: true, force: true })
  for (const entry of ['js', 'test', 'Fixtures', 'Sources', 'package.json']) {
    fs.cpSync(path.join(paths.root, entry), path.join(checkout, entry), { recursive: true })
  }
  for (const linked of [paths.virtualEnvironment, paths.nodeModules]) {
    fs.symlinkSync(linked, path.join(checkout, path.basename(linked)))
  }
  fs.copyFileSync(path.join(folder, 'release', 'libpython-node.so'), path.join(checkout, 'python-node.node'))
  return checkout
}

async function runTests(console, name, thread, checkout, files) {
  const { libraries, options, finding, leavesOut } = SANITIZERS[name]
  const env = {
    ...withoutPython(),
    ...options,
    PYTHON_NODE_THREAD: thread,
    // The sanitizers' functions stand in front of everybody's.
    PYTHON_NODE_DEEPBIND: '0',
    // They have to be in the process before anything else.
    LD_PRELOAD: (await runtimeLibraries(libraries, '.so')).join(':'),
  }
  const step = console.step(`The tests, thread '${thread}'`)
  const found = files.length > 0
    ? files
    : testFiles('test').filter((file) => !LEFT_OUT.test(file) && !leavesOut?.test(file))
  const counts = { tests: 0, pass: 0 }
  let findings = 0
  const args = ['--test', '--test-reporter=tap', ...withoutReporter(runnerOptions()), ...found]
  const result = await run(process.execPath, args, {
    cwd: checkout,
    env,
    onLine(line) {
      const count = /^# (tests|pass) (\d+)$/.exec(line)
      if (count !== null) counts[count[1]] = Number(count[2])
      if (finding.test(line)) findings++
      // What went wrong is shown; the rest would be thousands of lines.
      if (/^\s*not ok|Sanitizer|^# {5}#\d/.test(line)) console.line(line)
      else step.progress(line)
    },
  })
  const isClean = result.code === 0 && findings === 0
  if (isClean) step.done()
  else step.failed(ending(result))
  const text = isClean ? '' : ` (${ending(result)})`
  return { name, thread, tests: counts.tests, passed: counts.pass, findings, isClean, text }
}

const withoutReporter = (options) => options.filter((option) => !option.startsWith('--test-reporter'))
