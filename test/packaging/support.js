'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { which } = require('../../js/setup/child-processes')
const { findPython } = require('../../js/setup/python')

const root = path.join(__dirname, '..', '..')
const project = path.join(__dirname, 'project')

/** Why the tests cannot run here, or false. */
const skip = which('npm') === undefined && 'there is no npm on PATH'

/** Files of a checkout that go into the package, or stay out of it. */
const TAKEN = [
  '.gitignore',
  'Fixtures/apps',
  'Fixtures/example',
  'LICENSE',
  'Package.swift',
  'README.md',
  'Sources',
  'js',
  'package.json',
]
const LEFT_OUT = {
  'Fixtures/example/__pycache__/main.cpython-311.pyc': '',
  'Sources/ASGIHost/Bootstrap/__pycache__/left_out.cpython-311.pyc': '',
  'test/left-out.test.js': '',
  'Tests/ASGITests/LeftOut.swift': '',
  '.venv/python-node.json': '{}',
  'node_modules/left-out/index.js': '',
  '.git/HEAD': 'ref: refs/heads/main\n',
}

/** A folder of its own for everything that one file tests. Call `remove` at the end. */
class Workshop {
  #folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-packaging-')))
  #children = new Set()

  /** A path in the folder. */
  at(...names) {
    return path.join(this.#folder, ...names)
  }

  /**
   * Copies what a checkout consists of: the addon is not in it, and git's folder is a stand-in.
   *
   * @returns {string} where it is.
   */
  makeCheckout(name = 'checkout') {
    for (const each of TAKEN) fs.cpSync(path.join(root, each), this.at(name, each), { recursive: true })
    for (const [file, text] of Object.entries(LEFT_OUT)) this.write(path.join(name, file), text)
    return this.at(name)
  }

  /** Writes a file in the folder. */
  write(name, text, mode) {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true })
    fs.writeFileSync(this.at(name), text, { mode })
  }

  /**
   * Makes a folder for `PATH` with nothing but what these tests say: no compiler unless asked for, and no second Node.
   *
   * @param {{ python?: boolean, swift?: boolean }} [options] `swift`: a stand-in that "builds" this checkout's addon and
   *   writes down that it did; the headers it would need are stand-ins too.
   * @returns {Promise<object>} the environment.
   */
  async environment(name, { python = true, swift = false } = {}) {
    const tools = { node: process.execPath, npm: fs.realpathSync(which('npm')) }
    for (const tool of ['sh', 'strip']) tools[tool] = which(tool)
    if (python) tools.python3 = (await findPython()).python.executable
    fs.mkdirSync(this.at(name), { recursive: true })
    for (const [tool, file] of Object.entries(tools)) {
      if (file !== undefined) fs.symlinkSync(file, this.at(name, tool))
    }
    const headers = this.at(swift ? `${name}-include` : 'nowhere')
    if (swift) {
      for (const header of ['node_api.h', 'Python.h']) this.write(path.join(`${name}-include`, header), '')
      const facts = JSON.stringify({ addon: path.join(root, 'python-node.node'), log: this.at(`${name}-builds`) })
      this.write(path.join(name, 'swift'), `#!${process.execPath}\n(${standInForSwift})(${facts})\n`, 0o755)
    }
    const env = {
      PATH: this.at(name),
      HOME: this.at('home'),
      npm_config_cache: this.at('cache'),
      npm_config_update_notifier: 'false',
      PYTHON_NODE_NODE_INCLUDE: headers,
      PYTHON_NODE_PYTHON_INCLUDE: headers,
    }
    const { PYTHON_NODE_THREAD: thread } = process.env
    return thread === undefined ? env : { ...env, PYTHON_NODE_THREAD: thread }
  }

  /** How often the stand-in for the compiler of an environment has built. */
  builds(name) {
    const log = this.at(`${name}-builds`)
    return fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n').length : 0
  }

  /** Starts a program of this environment; `ended` resolves with `{ code, stdout, stderr }`. */
  start(command, args, { cwd, env }) {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text))
    this.#children.add(child)
    const ended = once(child, 'close').then(([code]) => {
      this.#children.delete(child)
      return { code, ...said }
    })
    return { child, said, ended }
  }

  /** Runs a program of this environment to its end. */
  run(command, args, options) {
    return this.start(command, args, options).ended
  }

  /** As `run`, and asserts that it ended well; gives what it printed. */
  async succeed(command, args, options) {
    const { code, stdout, stderr } = await this.run(command, args, options)
    assert.equal(code, 0, `${path.basename(command)} ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }

  /** Packs a checkout as `npm publish` would; gives the package's file. */
  async pack(checkout, env) {
    const args = ['pack', '--offline', '--pack-destination', this.at()]
    const stdout = await this.succeed(path.join(env.PATH, 'npm'), args, { cwd: checkout, env })
    return this.at(stdout.trim().split('\n').at(-1))
  }

  /** Installs a package into an empty project; resolves as `run`. */
  install(name, tarball, env) {
    fs.cpSync(project, this.at(name), { recursive: true })
    const args = ['install', '--offline', '--no-audit', '--no-fund', tarball]
    return this.run(path.join(env.PATH, 'npm'), args, { cwd: this.at(name), env })
  }

  /** Removes the folder and ends what still runs. */
  async remove() {
    const endings = [...this.#children].map((child) => {
      child.kill('SIGKILL')
      return once(child, 'close')
    })
    await Promise.all(endings)
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The source of the stand-in for the compiler; runs in a process of its own. */
function standInForSwift({ addon, log }) {
  const fs = require('node:fs')
  if (process.argv[2] === '--version') {
    console.log('Swift version 6.3.1 (swift-6.3.1-RELEASE)')
    return
  }
  const scratch = process.argv[process.argv.indexOf('--scratch-path') + 1]
  fs.appendFileSync(log, `${process.cwd()}\n`)
  fs.mkdirSync(`${scratch}/release`, { recursive: true })
  for (const ending of ['so', 'dylib']) fs.copyFileSync(addon, `${scratch}/release/libpython-node.${ending}`)
}

/** The files in a folder, by their paths in it. */
function filesIn(folder, name = '') {
  return fs.readdirSync(path.join(folder, name), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(name, entry.name)
    return entry.isDirectory() ? filesIn(folder, file) : [file]
  })
}

module.exports = { Workshop, filesIn, root, skip }
