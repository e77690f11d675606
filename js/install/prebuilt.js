'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { run } = require('../setup/child-processes')
const { addon, root } = require('../setup/paths')

/**
 * Beside the addon in a package: what it was made for, and its checksum. A checkout has none. It is not named
 * python-node.node.json, which is what `require('./python-node.node')` would find where there is no addon.
 */
const record = path.join(root, 'python-node.prebuilt.json')

/**
 * What an addon is made for.
 *
 * @typedef {object} Target
 * @property {string} platform `linux`
 * @property {string} arch `x64`
 * @property {string | null} libc `glibc` or `musl`; null where there is only one
 */

/** @returns {Target} what this Node runs on. */
function here() {
  const { platform, arch } = process
  return { platform, arch, libc: platform === 'linux' ? libc() : null }
}

function libc() {
  // Where a Node knows it: a report need not ask for the names of this machine's addresses.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

/** A target as people read it: `linux-x64-glibc`. */
function nameOf({ platform, arch, libc }) {
  return [platform, arch, libc].filter((part) => typeof part === 'string').join('-')
}

/** Writes down that the addon as it lies there was made here. */
function describeAddon() {
  fs.writeFileSync(record, `${JSON.stringify({ ...here(), sha256: checksum() }, null, 2)}\n`)
}

function checksum() {
  return createHash('sha256').update(fs.readFileSync(addon)).digest('hex')
}

/**
 * Looks whether the addon that came with the package can be used here: made for this, complete, and loaded by a process
 * of its own, because one that crashes must not take the installation with it.
 *
 * @returns {Promise<string | undefined>} what is wrong with it in words, or nothing.
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

/** What was written down of the addon, or nothing when that is not readable. */
function readRecord() {
  if (!fs.existsSync(record)) return undefined
  try {
    return JSON.parse(fs.readFileSync(record, 'utf8'))
  } catch (error) {
    // Cut off in writing: as good as none.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

module.exports = { describeAddon, findProblem, nameOf, record }
