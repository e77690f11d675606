'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ending, run } = require('../../js/setup/child-processes')
const { findHeaders } = require('../../js/setup/headers')
const nativeBuild = require('../../js/setup/native-build')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { runnerOptions, withoutPython } = require('../runner/checks')
const { runtimeLibraries } = require('../runner/runtime-libraries')

/** What each sanitizer needs besides a build with it, and how it reports a finding. */
const SANITIZERS = {
  address: {
    libraries: ['libclang_rt.asan'],
    options: { ASAN_OPTIONS: 'detect_leaks=0:detect_odr_violation=0:allocator_may_return_null=1:exitcode=99' },
    finding: /ERROR: AddressSanitizer/,
  },
  thread: {
    // Swift's library is built without it, so the code reports that library's synchronization itself: locks, and the first
    // use of static properties.
    flags: ['-Xswiftc', '-DTHREAD_SANITIZER', '-Xcc', '-DTHREAD_SANITIZER', '-Xlinker', '--wrap=swift_once'],
    // Swift's dispatch library must be loaded before Node starts its first thread.
    libraries: ['libclang_rt.tsan', 'libdispatch'],
    // Node and CPython are built without it, so only accesses of the addon are checked.
    options: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:allocator_may_return_null=1:exitcode=66' },
    // It does not support forks of a process with threads.
    leavesOut: /^test\/faults\/children/,
    finding: /WARNING: ThreadSanitizer/,
  },
}

/** Builds the addon with a sanitizer, and makes a checkout that uses this build. */
async function build(console, name) {
  const folder = path.join(paths.root, `.build-${name}`)
  const step = console.step(`Building with the ${name} sanitizer`)
  const { flags = [] } = SANITIZERS[name]
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

/**
 * Runs test files with a build.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {string} name the sanitizer's.
 * @param {string} title for the output.
 * @param {string} checkout of `build`.
 * @param {string[]} files
 * @param {Record<string, string>} more variables.
 */
async function runTests(console, name, title, checkout, files, more) {
  const { libraries, options, finding } = SANITIZERS[name]
  const env = {
    ...withoutPython(),
    ...options,
    ...more,
    // The sanitizers replace functions of all libraries.
    PYTHON_NODE_DEEPBIND: '0',
    // They must be loaded before anything else.
    LD_PRELOAD: (await runtimeLibraries(libraries, '.so')).join(':'),
  }
  const step = console.step(title)
  const counts = { tests: 0, pass: 0 }
  let findings = 0
  const args = ['--test', '--test-reporter=tap', ...withoutReporter(runnerOptions()), ...files]
  const result = await run(process.execPath, args, {
    cwd: checkout,
    env,
    onLine(line) {
      const count = /^# (tests|pass) (\d+)$/.exec(line)
      if (count !== null) counts[count[1]] = Number(count[2])
      if (finding.test(line)) findings++
      // Only failures are shown; the rest would be thousands of lines.
      if (/^\s*not ok|Sanitizer|^# {5}#\d/.test(line)) console.line(line)
      else step.progress(line)
    },
  })
  const isClean = result.code === 0 && findings === 0
  if (isClean) step.done()
  else step.failed(ending(result))
  const text = isClean ? '' : ` (${ending(result)})`
  return { name, tests: counts.tests, passed: counts.pass, findings, isClean, text }
}

const withoutReporter = (options) => options.filter((option) => !option.startsWith('--test-reporter'))

module.exports = { SANITIZERS, build, runTests }
