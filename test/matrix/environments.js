'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ending, run } = require('../../js/setup/child-processes')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')

/** Where the virtual environments of the matrix are kept for the next time. */
const folder = path.join(paths.build, 'matrix')

/**
 * Makes a virtual environment and installs packages into it.
 *
 * @param {import('../../js/setup/console').Console} console
 * @param {string} name of the folder.
 * @param {string} program the interpreter.
 * @param {string[]} packages
 * @param {string[]} [options] more for pip.
 * @throws {SetupError} when a step fails; then nothing is left of it.
 */
async function install(console, name, program, packages, options = []) {
  const place = path.join(folder, name)
  const step = console.step(`Installing ${packages.join(', ')} into ${path.relative(paths.root, place)}`)
  fs.mkdirSync(folder, { recursive: true })
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off']
  const commands = [
    [program, '-m', 'venv', '--clear', place],
    [path.join(place, 'bin', 'python'), ...pip, ...options, ...packages],
  ]
  for (const [command, ...args] of commands) {
    const result = await run(command, args, { onLine: (line) => step.progress(line) })
    if (result.code === 0) continue
    fs.rmSync(place, { recursive: true, force: true })
    step.failed(ending(result))
    throw new SetupError(`${command} ${args.join(' ')} failed (${ending(result)})`, result.lines.slice(-10))
  }
  step.done()
  return place
}

module.exports = { folder, install }
