'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ending, isExecutable, run, which } = require('../../js/setup/child-processes')
const { SetupError } = require('../../js/setup/setup-error')

/** Versions of Python that can be built without a GIL, and those of Debian that have their sources. */
const VERSIONS = ['3.13', '3.14']
const RELEASES = ['trixie', 'testing', 'sid']

/** Outside the checkout: building takes minutes, and every checkout can use the same. */
const folder = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
  'python-node',
  'free-threaded',
)

/** The packages needed to build Python. */
const TOOLS = ['apt-get', 'dpkg-source', 'gcc', 'make']

/**
 * Gets free-threaded Pythons: those that `PYTHONS` names, or those of the cache folder, which are made of Debian's source
 * packages where they are missing. A version whose sources cannot be had is left out, which is said.
 *
 * @param {import('../../js/setup/console').Console} console
 * @returns {Promise<string[]>} their programs.
 * @throws {SetupError} when there is none.
 */
async function provideInterpreters(console) {
  const named = (process.env.PYTHONS ?? '').split(path.delimiter).filter((program) => program !== '')
  if (named.length > 0) return named
  const programs = []
  let sources
  for (const version of VERSIONS) {
    const program = path.join(folder, version, 'bin', `python${version}t`)
    if (!isExecutable(program)) {
      sources ??= await sourcePackages(console)
      if (!await make(console, version, sources)) continue
    }
    programs.push(program)
  }
  if (programs.length > 0) return programs
  throw new SetupError('There is no free-threaded Python, and none could be built: name some in PYTHONS')
}

/** Runs a step of a tool; gives whether it succeeded. */
async function step(console, title, command, args, options = {}) {
  const running = console.step(title)
  const result = await run(command, args, { ...options, onLine: (line) => running.progress(line) })
  if (result.code === 0) {
    running.done()
    return true
  }
  running.failed(`${ending(result)}: ${result.lines[result.lines.length - 1] ?? ''}`)
  return false
}

/**
 * Reads the lists of source packages of newer Debian releases from the mirror that this system uses, into the cache folder:
 * the system's own lists stay as they are.
 *
 * @returns {Promise<{ options: string[] }>} what `apt-get` needs to use them.
 */
async function sourcePackages(console) {
  const missing = TOOLS.filter((tool) => which(tool) === undefined)
  if (missing.length > 0) throw new SetupError(`Python cannot be built without ${missing.join(', ')}`)
  const apt = path.join(folder, 'apt')
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    fs.mkdirSync(path.join(apt, name), { recursive: true })
  }
  const mirror = await mirrorOfDebian()
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const lines = RELEASES.map((release) => `deb-src [signed-by=${key}] ${mirror} ${release} main\n`)
  fs.writeFileSync(path.join(apt, 'sources.list'), lines.join(''))
  const settings = {
    'Dir::Etc::sourcelist': path.join(apt, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': path.join(apt, 'lists'),
    'Dir::Cache': path.join(apt, 'cache'),
    'APT::Sandbox::User': 'root',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  await step(console, `Reading the lists of source packages from ${mirror}`, 'apt-get', [...options, 'update'])
  return { options }
}

async function mirrorOfDebian() {
  const { lines } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)'])
  const uri = lines.map((line) => line.split(' ')).find(([, release]) => /^[a-z]+$/.test(release))?.[0]
  if (uri === undefined) throw new SetupError('apt-get knows no mirror of Debian')
  return uri
}

/** Builds a version. @returns {Promise<boolean>} whether it is there now. */
async function make(console, version, { options }) {
  const prefix = path.join(folder, version)
  const build = path.join(folder, `build-${version}`)
  fs.rmSync(build, { recursive: true, force: true })
  fs.mkdirSync(build, { recursive: true })
  try {
    const description = await download(console, version, options, build)
    if (description === undefined) return false
    const cwd = path.join(build, 'source')
    const settings = ['--disable-gil', '--enable-shared', '--without-static-libpython', `--prefix=${prefix}`]
    const tools = [
      [`Unpacking Python ${version}`, 'dpkg-source', ['--no-check', '--skip-patches', '-x', description, cwd], build],
      ['Configuring it', path.join(cwd, 'configure'), [...settings, `LDFLAGS=-Wl,-rpath,${prefix}/lib`], cwd],
      ['Building it, which takes some minutes', 'make', [`-j${os.availableParallelism()}`], cwd],
      ['Installing it', 'make', ['install'], cwd],
    ]
    for (const [title, command, args, folder] of tools) {
      if (await step(console, title, command, args, { cwd: folder })) continue
      fs.rmSync(prefix, { recursive: true, force: true })
      return false
    }
    return true
  } finally {
    fs.rmSync(build, { recursive: true, force: true })
  }
}

/**
 * Downloads a source package, the newest first: a mirror may list one that it does not have.
 *
 * @returns {Promise<string | undefined>} its description (`.dsc`).
 */
async function download(console, version, options, build) {
  const name = `python${version}`
  const { lines } = await run('apt-cache', [...options, 'showsrc', name])
  const versions = lines.flatMap((line) => /^Version: (\S+)$/.exec(line)?.[1] ?? [])
  // The list begins with the oldest.
  for (const each of new Set(versions.toReversed())) {
    const args = [...options, 'source', '--download-only', `${name}=${each}`]
    if (!await step(console, `Downloading the source package ${name} ${each}`, 'apt-get', args, { cwd: build })) {
      continue
    }
    return path.join(build, fs.readdirSync(build).find((file) => file.endsWith('.dsc')))
  }
  if (versions.length === 0) console.line(`There is no source package ${name}`)
  return undefined
}

module.exports = { provideInterpreters }
