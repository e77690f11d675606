'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { run, which } = require('./child-processes')
const paths = require('./paths')

/** The oldest Swift that can build the package: the tools version that its manifest states in its first line. */
function oldestVersion() {
  const manifest = fs.readFileSync(path.join(paths.root, 'Package.swift'), 'utf8')
  const version = /^\/\/\s*swift-tools-version:\s*(\d+\.\d+)/.exec(manifest)?.[1]
  if (version === undefined) throw new Error('Package.swift does not begin with its swift-tools-version')
  return version
}

/**
 * Asks the `swift` on `PATH` for its version.
 *
 * @returns {Promise<{ version?: string, problem?: string }>} the version, or what is wrong and what to do
 */
async function findSwift() {
  const oldest = oldestVersion()
  const advice = `get Swift ${oldest} or later from https://www.swift.org/install and put its usr/bin on PATH`
  const file = which('swift')
  if (file === undefined) return { problem: `Swift: there is no swift on PATH; ${advice}` }
  const { code, lines } = await run(file, ['--version'])
  const version = /Swift version (\d+\.\d+(?:\.\d+)?)/.exec(lines.join('\n'))?.[1]
  if (code !== 0 || version === undefined) {
    return { problem: `Swift: ${file} does not tell its version (${lines[0] ?? 'no output'}); ${advice}` }
  }
  if (version.localeCompare(oldest, 'en', { numeric: true }) < 0) {
    return { problem: `Swift: ${file} is ${version}; ${advice}` }
  }
  return { version }
}

/**
 * A text that changes when another compiler is installed. Taken from the file and not from the compiler, whose start
 * alone would take a good part of the time a second `npm start` may take. `undefined` without a compiler.
 */
function swiftIdentity() {
  const file = which('swift')
  if (file === undefined) return undefined
  const real = fs.realpathSync(file)
  const { size, mtimeMs } = fs.statSync(real)
  return `${real} ${size} ${mtimeMs}`
}

module.exports = { findSwift, swiftIdentity }
