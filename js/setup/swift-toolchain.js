'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { run, which } = require('./child-processes')
const paths = require('./paths')

/** Reads the oldest suitable version of Swift: the tools version in the first line of Package.swift. */
function oldestVersion() {
  const manifest = fs.readFileSync(path.join(paths.root, 'Package.swift'), 'utf8')
  const version = /^\/\/\s*swift-tools-version:\s*(\d+\.\d+)/.exec(manifest)?.[1]
  if (version === undefined) {
    throw new Error('Package.swift does not begin with swift-tools-version: restore its first line')
  }
  return version
}

/**
 * Finds the version of the `swift` on `PATH`.
 *
 * @returns {Promise<{ version?: string, problem?: string }>} the version, or the problem and what to do.
 */
async function findSwift() {
  const oldest = oldestVersion()
  const advice = `get Swift ${oldest} or later from https://www.swift.org/install and put its usr/bin on PATH`
  const file = which('swift')
  if (file === undefined) return { problem: `Swift: there is no swift on PATH; ${advice}` }
  const { code, lines } = await run(file, ['--version'])
  const version = /Swift version (\d+\.\d+(?:\.\d+)?)/.exec(lines.join('\n'))?.[1]
  if (code !== 0 || version === undefined) {
    return { problem: `Swift: ${file} does not print its version (${lines[0] ?? 'no output'}); ${advice}` }
  }
  if (version.localeCompare(oldest, 'en', { numeric: true }) < 0) {
    return { problem: `Swift: ${file} is ${version}; ${advice}` }
  }
  return { version }
}

/**
 * Identifies the installed compiler, to notice another one; `undefined` without a compiler. It reads the file's
 * properties instead of running the compiler, to keep `npm start` fast.
 */
function swiftIdentity() {
  const file = which('swift')
  if (file === undefined) return undefined
  const real = fs.realpathSync(file)
  const { size, mtimeMs } = fs.statSync(real)
  return `${real} ${size} ${mtimeMs}`
}

module.exports = { findSwift, swiftIdentity }
