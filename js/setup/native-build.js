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
// What the addon at the root was made from, and where the last build was: both written and read by this file alone.
const stamp = path.join(paths.build, 'python-node-stamp.json')
const place = path.join(paths.build, 'python-node-place')

/** A hash of everything the addon is made from: each file's path and content, and the manifest. */
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
 * Whether the addon at the root was made from the sources as they are now, by the compiler that is here now. No
 * compiler at all is no reason to build again: it could not.
 */
function isCurrent() {
  const addon = fs.statSync(paths.addon, { throwIfNoEntry: false })
  if (addon === undefined || !fs.existsSync(stamp)) return false
  let last
  try {
    last = JSON.parse(fs.readFileSync(stamp, 'utf8'))
  } catch (error) {
    // A stamp that was cut off in writing is none: the build will be looked at again.
    if (error instanceof SyntaxError) return false
    throw error
  }
  const swift = swiftIdentity()
  return last.addon === addonIdentity(addon) && (swift === undefined || last.swift === swift) &&
    last.sources === sourcesHash()
}

/** Tells this addon file from another one that was put in its place. */
function addonIdentity({ size, mtimeMs }) {
  return `${size} ${mtimeMs}`
}

/** The environment in which Package.swift finds the C headers. */
function environment({ nodeHeaders, pythonHeaders }) {
  return { ...process.env, PYTHON_NODE_NODE_INCLUDE: nodeHeaders, PYTHON_NODE_PYTHON_INCLUDE: pythonHeaders }
}

/**
 * Builds the addon in release mode and puts it at the root.
 *
 * @param {import('./console').Console} console
 * @param {{ nodeHeaders: string, pythonHeaders: string }} headers
 */
async function build(console, headers) {
  // Taken first: what is edited while the compiler runs is not in what it makes.
  const sources = sourcesHash()
  clearMovedBuild()
  const step = console.step('Building the addon with swift build')
  // C's assertions of packages name their file: without the folder of the machine that builds.
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

/** Removes what was built before the repository was moved: the compiler's caches hold absolute paths and refuse it. */
function clearMovedBuild() {
  if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') !== paths.root) {
    fs.rmSync(paths.build, { recursive: true, force: true })
  }
  fs.mkdirSync(paths.build, { recursive: true })
  fs.writeFileSync(place, paths.root)
}

/** Copies the library to its place without its debugging symbols, and never lets anybody see half a file there. */
async function putAtRoot(from, step) {
  const temporary = `${paths.addon}.${process.pid}.tmp`
  const strip = which('strip') ?? which('llvm-strip')
  try {
    if (strip === undefined) {
      fs.copyFileSync(from, temporary)
    } else {
      // -x on macOS: its strip refuses to take the symbols a bundle leaves undefined.
      const args = process.platform === 'darwin' ? ['-x', '-o', temporary, from] : ['-o', temporary, from]
      const result = await run(strip, args)
      if (result.code !== 0) {
        step.failed(`${strip}: ${ending(result)}`)
        throw new SetupError(`${strip} ${args.join(' ')} failed (${ending(result)})`, result.lines)
      }
    }
    // A running process keeps the file it has loaded; renaming gives the next one the new file.
    fs.renameSync(temporary, paths.addon)
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

/** The compiler's own words, without the lines that only say how far it is. */
function withoutProgress(lines) {
  const words = lines.filter((line) => line.trim() !== '' && !/^\[\d+\/\d+\] /.test(line))
  return (words.length > 0 ? words : lines).slice(-60)
}

module.exports = { build, environment, isCurrent }
