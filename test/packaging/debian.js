'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { ending, run, which } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { installPackages } = require('../../js/setup/system-packages')
const { DebianRoot, SERVER_PATH } = require('./debian-root')

const RELEASE = 'bookworm'
const PROJECT = '/srv/project'
const PACKAGE = `${PROJECT}/node_modules/python-node`
const USAGE = 'npm run test:debian [-- package.tgz]'

// Tries the package on a Debian 12 that has nothing but its own Node and Python: no npm, no compiler, no headers. What npm
// would do is done by hand there: the package is unpacked, and its script of installation is run.
command(async (console) => {
  const given = argument()
  if (process.platform !== 'linux' || process.getuid() !== 0) {
    throw new SetupError(
      'npm run test:debian needs root on Linux: it makes a Debian in a folder and changes its root to it',
    )
  }
  const searchPath = [process.env.PATH, SERVER_PATH].join(path.delimiter)
  if (which('debootstrap', searchPath) === undefined) await installPackages(console, ['debootstrap'])
  const debootstrap = which('debootstrap', searchPath)
  if (debootstrap === undefined) throw new SetupError('npm run test:debian needs debootstrap, of Debian')

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-debian-'))
  const debian = new DebianRoot(path.join(folder, 'root'))
  const clean = () => {
    debian.remove()
    fs.rmSync(folder, { recursive: true, force: true })
  }
  // Ctrl-C leaves without passing through here.
  process.once('exit', clean)
  const tarball = given ?? await pack(console, folder)
  await make(console, debian, debootstrap)
  unpack(tarball, debian)
  await check(console, debian)
})

/** Packs this checkout; gives the package's file. */
async function pack(console, folder) {
  const step = console.step('Packing')
  const result = await run('npm', ['pack', '--offline', '--pack-destination', folder], { cwd: paths.root })
  if (result.code !== 0) {
    step.failed(ending(result))
    throw new SetupError(`npm pack failed (${ending(result)})`, result.lines.slice(-20))
  }
  const file = fs.readdirSync(folder).find((name) => name.endsWith('.tgz'))
  step.done(file)
  return path.join(folder, file)
}

async function make(console, debian, debootstrap) {
  const step = console.step(`Making a Debian ${RELEASE}`)
  const packages = ['nodejs', 'python3', 'libpython3.11', 'node-ws']
  const result = await debian.make(debootstrap, RELEASE, packages, (line) => step.progress(line))
  if (result.code === 0) return step.done()
  step.failed(ending(result))
  throw new SetupError(`debootstrap failed (${ending(result)})`, result.lines.slice(-10))
}

function unpack(tarball, debian) {
  fs.cpSync(path.join(__dirname, 'project'), debian.at(PROJECT), { recursive: true })
  fs.mkdirSync(debian.at(PACKAGE), { recursive: true })
  const args = ['--extract', '--file', tarball, '--strip-components=1', '--no-same-owner', '-C', debian.at(PACKAGE)]
  const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' })
  if (status !== 0) throw new SetupError(`tar cannot unpack ${tarball}`, stderr.trim().split('\n'))
}

/** Every check by its title. */
const CHECKS = {
  'the addon of the package is left as it is': async (debian) => {
    const { code, lines } = await debian.run(['node', 'js/install/install.js'], { cwd: PACKAGE })
    assert.equal(code, 0, lines.join('\n'))
    assert.match(lines.join('\n'), /the addon of the package runs here/)
  },
  "a program serves requests, the loop on its own thread; Debian's ws is found": (debian) =>
    serveProgram(debian, 'own'),
  "a program serves requests, the loop on JavaScript's thread": (debian) => serveProgram(debian, 'node'),
  'the command serves until it is told to end': serveCommand,
}

async function check(console, debian) {
  console.heading((await debian.run(['node', '--version'])).lines.map((version) => `Debian's Node ${version}`).join())
  let failed = 0
  for (const [title, run] of Object.entries(CHECKS)) {
    const started = Date.now()
    try {
      await run(debian)
      console.outcome('ok', title, Date.now() - started)
    } catch (error) {
      failed++
      console.outcome('failed', title, Date.now() - started)
      console.error(error.message)
    }
  }
  console.line(`${Object.keys(CHECKS).length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

async function serveProgram(debian, thread) {
  const { code, lines } = await debian.run(['node', 'server.js'], { cwd: PROJECT, env: { PYTHON_NODE_THREAD: thread } })
  assert.equal(code, 0, lines.join('\n'))
  const python = [3, 11]
  assert.deepEqual(JSON.parse(lines.at(-1)), {
    status: 200,
    served: { path: '/over/http', python },
    asked: { path: '/asked', python },
    echoed: 'hello',
    bare: 'function',
    upgrade: 'function',
  })
}

async function serveCommand(debian) {
  const words = debian.words(['node', `${PACKAGE}/js/cli.js`, 'serve', 'main:app', '--port', '0'], { cwd: PROJECT })
  const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  try {
    const pattern = /Listening on (http:\S+)/
    while (!pattern.test(said)) {
      const early = ended.then(() => assert.fail(`it ended before it served:\n${said}`))
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), early])
    }
    const response = await fetch(new URL('/from/outside', pattern.exec(said)[1]))
    assert.equal((await response.json()).path, '/from/outside')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

function argument() {
  try {
    const { positionals } = parseArgs({ allowPositionals: true })
    return positionals[0] === undefined ? undefined : path.resolve(positionals[0])
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}
