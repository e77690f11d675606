'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ending, run, which } = require('../../js/setup/child-processes')
const paths = require('../../js/setup/paths')
const { installPackages } = require('../../js/setup/system-packages')

const DEBIAN_FOLDER = '/usr/share/nodejs'
// The tests use these from node_modules, wherever they came from.
const PACKAGES = { connect: 'node-connect', express: 'node-express', ws: 'node-ws' }
// TypeScript's declarations, and where Debian has them. The first needs the second.
const DECLARATIONS = { '@types/node': 'nodejs', 'undici-types': 'node-undici' }
const COMPILER = { command: 'tsc', package: 'node-typescript' }

/**
 * Puts the packages that the tests use into node_modules, from Debian's packages: the project itself depends on none,
 * so nothing else has to be installed for its users.
 *
 * @returns {Promise<string[]>} what is missing, in words
 */
async function provideNodePackages(console) {
  const problems = []
  const wanted = Object.keys(PACKAGES).filter((name) => !isProvided(name))
  const absent = wanted.filter((name) => !fs.existsSync(path.join(DEBIAN_FOLDER, name))).map((name) => PACKAGES[name])
  if (which(COMPILER.command) === undefined) absent.push(COMPILER.package)
  if (absent.length > 0) {
    const { reason } = await installPackages(console, absent)
    if (reason !== undefined) problems.push(`${absent.join(', ')} could not be installed: ${reason}`)
  }
  for (const name of wanted) {
    const folder = path.join(DEBIAN_FOLDER, name)
    if (fs.existsSync(folder)) problems.push(...provide(name, folder))
    else problems.push(`there is no ${name} in node_modules (Debian's ${PACKAGES[name]})`)
  }
  for (const name of Object.keys(DECLARATIONS)) {
    if (!isProvided(name)) problems.push(...await provideDeclarations(console, name))
  }
  return problems
}

// Debian's declarations have no package.json of their own, so the folder counts.
const isProvided = (name) => fs.existsSync(path.join(paths.nodeModules, name))

/**
 * Copies a package and all that it depends on. Copied and not linked: Node looks for what a linked package needs
 * beside the link's target, and only Debian's own Node would look in Debian's folder.
 */
function provide(name, folder) {
  copy(folder, name)
  const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return Object.keys(dependencies).flatMap((dependency) => {
    // What lies inside the package has been copied with it.
    if (isProvided(dependency) || fs.existsSync(path.join(folder, 'node_modules', dependency))) return []
    const from = path.join(DEBIAN_FOLDER, dependency)
    return fs.existsSync(from)
      ? provide(dependency, from)
      : [`${name} needs ${dependency}, which is not in ${DEBIAN_FOLDER}`]
  })
}

function copy(folder, name) {
  fs.cpSync(folder, path.join(paths.nodeModules, name), { recursive: true, dereference: true })
}

/**
 * Puts TypeScript's declarations of Node's own modules into node_modules. Debian ships them with its Node; where another
 * Node is installed they are taken out of that package without installing it, which would replace that Node.
 */
async function provideDeclarations(console, name) {
  const installed = path.join(DEBIAN_FOLDER, name)
  if (fs.existsSync(installed)) {
    copy(installed, name)
    return []
  }
  const debianPackage = DECLARATIONS[name]
  const step = console.step(`Taking ${name} out of Debian's ${debianPackage}`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-'))
  try {
    const version = await debianVersion(debianPackage)
    await succeed('apt-get', ['download', `${debianPackage}=${version}`], folder)
    const [file] = fs.readdirSync(folder)
    await succeed('dpkg-deb', ['--extract', file, 'content'], folder)
    copy(path.join(folder, 'content', DEBIAN_FOLDER, name), name)
    step.done(version)
    return []
  } catch (error) {
    step.failed(error.message)
    return [`there is no ${name} in node_modules, and Debian's ${debianPackage} cannot be had: ${error.message}`]
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** The version of a package that Debian itself made: another source may offer one of the same name. */
async function debianVersion(debianPackage) {
  for (const command of [[], ['update']]) {
    // A new machine has no list of packages yet.
    if (command.length > 0) await run('apt-get', command)
    const { lines } = await run('apt-cache', ['madison', debianPackage])
    const version = lines.map((line) => line.split('|')[1]?.trim()).find((text) => text?.includes('dfsg'))
    if (version !== undefined) return version
  }
  throw new Error(`apt-get knows no ${debianPackage} of Debian`)
}

async function succeed(command, args, cwd) {
  const result = await run(command, args, { cwd })
  if (result.code !== 0) throw new Error(result.lines.at(-1) ?? `${command}: ${ending(result)}`)
}

module.exports = { provideNodePackages }
