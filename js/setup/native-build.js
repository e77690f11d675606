'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { ending, run, which } = require('./child-processes')
const paths = require('./paths')
const { SetupError } = require('./setup-error')
const { swiftIdentity } = require('./swift-toolchain')

const PRODUCT = 'python-node'
const library = process.platform === 'darwin' ? `lib${PRODUCT}.dylib` : `lib${PRODUCT}.so`
// Records of this file: the sources of the addon at the root, and the folder of the last build.
const stamp = path.join(paths.build, 'python-node-stamp.json')
const place = path.join(paths.build, 'python-node-place')

/** Hashes the manifest and the path and content of each source file. */
function sourcesHash() {
  const hash = crypto.createHash('sha256')
  for (const file of [path.join(paths.root, 'Package.swift'), ...filesUnder(path.join(paths.root, 'Sources'))]) {
    const content = fs.readFileSync(file)
    hash.update(`${path.relative(paths.root, file)}\0${content.length}\0`)
    hash.update(content)
  }
  return hash.digest('hex')
}

function filesUnder(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return filesUnder(file)
    return entry.isFile() ? [file] : []
  })
}

/**
 * Whether the addon at the root was built from the current sources by the installed compiler. If no compiler is
 * installed, only the sources count.
 */
function isCurrent() {
  const addon = fs.statSync(paths.addon, { throwIfNoEntry: false })
  if (addon === undefined || !fs.existsSync(stamp)) return false
  let last
  try {
    last = JSON.parse(fs.readFileSync(stamp, 'utf8'))
  } catch (error) {
    // Incomplete, because writing it was interrupted: build again.
    if (error instanceof SyntaxError) return false
    throw error
  }
  const swift = swiftIdentity()
  return last.addon === addonIdentity(addon) && (swift === undefined || last.swift === swift) &&
    last.sources === sourcesHash()
}

/** Identifies the addon's file, to notice a replacement. */
function addonIdentity({ size, mtimeMs }) {
  return `${size} ${mtimeMs}`
}

/** Returns the environment that tells Package.swift where the C headers are. */
function environment({ nodeHeaders, pythonHeaders }) {
  return { ...process.env, PYTHON_NODE_NODE_INCLUDE: nodeHeaders, PYTHON_NODE_PYTHON_INCLUDE: pythonHeaders }
}

/**
 * Builds the addon in release mode and copies it to the root.
 *
 * @param {import('./console').Console} console
 * @param {{ nodeHeaders: string, pythonHeaders: string }} headers their folders.
 * @throws {SetupError} with the compiler's output if the build fails.
 */
async function build(console, headers) {
  // Before the build, because a file that is edited while the compiler runs may not be in its result.
  const sources = sourcesHash()
  clearMovedBuild()
  const step = console.step('Building the addon with swift build')
  // Keeps absolute paths of this machine out of the C assertions in packages.
  const names = ['-Xcc', `-ffile-prefix-map=${paths.root}=.`]
  const args = ['build', '-c', 'release', '--product', PRODUCT, '--scratch-path', paths.build, ...names]
  const result = await run('swift', args, { env: environment(headers), onLine: (line) => step.progress(line) })
  if (result.code !== 0) {
    step.failed(ending(result))
    throw new SetupError(`swift ${args.join(' ')} failed (${ending(result)})`, withoutProgress(result.lines))
  }
  await putAtRoot(path.join(paths.build, 'release', library), step)
  fs.writeFileSync(
    stamp,
    `${JSON.stringify({ sources, swift: swiftIdentity(), addon: addonIdentity(fs.statSync(paths.addon)) }, null, 2)}\n`,
  )
  step.done(`python-node.node, ${(fs.statSync(paths.addon).size / 1e6).toFixed(1)} MB`)
}

/** Removes the build folder after the checkout was moved, because the compiler's caches have absolute paths. */
function clearMovedBuild() {
  if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') !== paths.root) {
    fs.rmSync(paths.build, { recursive: true, force: true })
  }
  fs.mkdirSync(paths.build, { recursive: true })
  fs.writeFileSync(place, paths.root)
}

/** Strips the library and moves it to the root atomically. */
async function putAtRoot(from, step) {
  const temporary = `${paths.addon}.${process.pid}.tmp`
  const strip = which('strip') ?? which('llvm-strip')
  try {
    if (strip === undefined) {
      fs.copyFileSync(from, temporary)
    } else {
      // On macOS strip needs -x for a library with undefined symbols.
      const args = process.platform === 'darwin' ? ['-x', '-o', temporary, from] : ['-o', temporary, from]
      const result = await run(strip, args)
      if (result.code !== 0) {
        step.failed(`${strip}: ${ending(result)}`)
        throw new SetupError(`${strip} ${args.join(' ')} failed (${ending(result)})`, result.lines)
      }
    }
    // After a rename, running processes keep the file that they have loaded.
    fs.renameSync(temporary, paths.addon)
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

/** Removes the lines of progress from the compiler's output. */
function withoutProgress(lines) {
  const words = lines.filter((line) => line.trim() !== '' && !/^\[\d+\/\d+\] /.test(line))
  return (words.length > 0 ? words : lines).slice(-60)
}

module.exports = { build, environment, isCurrent }
