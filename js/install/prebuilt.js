'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { run } = require('../setup/child-processes')
const { addon, root } = require('../setup/paths')

/**
 * The record of a package's prebuilt addon: its target and checksum. It is not named python-node.node.json, because
 * `require('./python-node.node')` would load that if there is no addon.
 */
const record = path.join(root, 'python-node.prebuilt.json')

/**
 * The platform that an addon is built for.
 *
 * @typedef {object} Target
 * @property {string} platform `linux`
 * @property {string} arch `x64`
 * @property {string | null} libc `glibc` or `musl`; null on other systems than Linux
 */

/** @returns {Target} the platform of this Node. */
function here() {
  const { platform, arch } = process
  return { platform, arch, libc: platform === 'linux' ? libc() : null }
}

function libc() {
  // Prevents slow DNS lookups, in versions of Node that support it.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

/** A target as text: `linux-x64-glibc`. */
function nameOf({ platform, arch, libc }) {
  return [platform, arch, libc].filter((part) => typeof part === 'string').join('-')
}

/** Writes the record of the current addon. */
function describeAddon() {
  fs.writeFileSync(record, `${JSON.stringify({ ...here(), sha256: checksum() }, null, 2)}\n`)
}

function checksum() {
  return createHash('sha256').update(fs.readFileSync(addon)).digest('hex')
}

/**
 * Checks whether the package's prebuilt addon works: its target, its checksum, and whether it loads, in a child process in
 * case it crashes.
 *
 * @returns {Promise<string | undefined>} the problem, or undefined.
 */
async function findProblem() {
  const made = readRecord()
  if (made === undefined) return `there is no readable ${record}`
  const [wanted, given] = [nameOf(here()), nameOf(made)]
  if (given !== wanted) return `the addon in the package is for ${given}, and this is ${wanted}`
  if (!fs.existsSync(addon)) return 'the package has no addon'
  if (checksum() !== made.sha256) return 'the addon is not the one that was packed: its SHA-256 differs'
  const { code, signal, lines } = await run(process.execPath, ['-e', 'require(process.argv[1])', addon])
  if (code === 0) return undefined
  const reason = lines.find((line) => /^\w*Error: /.test(line)) ?? lines[0] ?? signal ?? `exit code ${code}`
  return `the addon does not load: ${reason.replace(/^Error: /, '')}`
}

/** Reads the record; undefined if it is missing or invalid. */
function readRecord() {
  if (!fs.existsSync(record)) return undefined
  try {
    return JSON.parse(fs.readFileSync(record, 'utf8'))
  } catch (error) {
    // Incomplete.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

module.exports = { describeAddon, findProblem, nameOf, record }
