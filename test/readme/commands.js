'use strict'

const assert = require('node:assert/strict')
const childProcess = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { checks } = require('../runner/checks')
const { run } = require('../serve/support')
const { send } = require('../support')
const { root } = require('./markdown')
const { greeted } = require('./promises')
const django = require('./django')
const { FOUND, isApp, makeProject, runProgram } = require('./project')

const execFile = promisify(childProcess.execFile)

const { name, scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))

/**
 * Gives the commands of a block for a shell: `{ words, comment }`.
 *
 * @param {string} text
 */
function commandsOf(text) {
  return text.replace(/ *\\\n */g, ' ').trimEnd().split('\n').map((line) => {
    const [command, comment = ''] = line.split(/ +# /)
    assert.doesNotMatch(command, /["'$`|;&<>]/, 'quotes and the like are not understood here')
    return { words: command.trim().split(/ +/), comment: comment.trim() }
  })
}

/** The commands of one block for a shell, run in their order in one folder. */
class Session {
  #t
  #block
  #blocks
  /** The folder of the commands, once one has made it. */
  #folder = null
  /** Where the last server is that was started: `{ url, end }`. */
  #server = null

  /**
   * @param {object} t the test.
   * @param {object} block
   * @param {object[]} blocks all of them.
   */
  constructor(t, block, blocks) {
    this.#t = t
    this.#block = block
    this.#blocks = blocks
  }

  /** Runs the commands; fails for an unknown one. */
  async run() {
    for (const { words, comment } of commandsOf(this.#block.text)) {
      const [program, ...args] = words
      if (program === 'npm') this.#npm(args)
      else if (program === 'node') await this.#node(args)
      else if (program === 'npx' && args[0] === name && args[1] === 'serve') await this.#serve(args.slice(1))
      else if (program === `node_modules/.bin/${name}` && args[0] === 'serve') await this.#serve(args)
      else if (program === 'curl') await this.#curl(args, comment)
      else if (words.join(' ') === 'python3 -m venv .venv') continue
      else if (program === '.venv/bin/pip') this.#pip(args)
      else if (program === '.venv/bin/python') await this.#python(args)
      else assert.fail(`No rule runs ${words.join(' ')}`)
    }
    await this.#server?.end()
  }

  /** Changes the machine, or takes long: looked at only. */
  #npm([command, ...rest]) {
    if (command === 'install') {
      const [what] = rest
      // Either this package from its folder, or the one that js/upgrade.js asks for.
      assert.ok(what === 'ws' || path.basename(what) === name, `npm install ${what}`)
      return
    }
    const script = command === 'run' ? rest.shift() : command
    assert.ok(Object.hasOwn(scripts, script), `package.json has no script ${script}`)
    const only = rest.indexOf('--only')
    if (only !== -1) assert.ok(Object.hasOwn(checks, rest[only + 1]), `there is no check ${rest[only + 1]}`)
  }

  /** Installs what the examples import. */
  #pip([command, ...packages]) {
    assert.equal(command, 'install')
    const apps = this.#blocks.filter(isApp)
    for (const each of packages) {
      assert.ok(apps.some(({ text }) => text.includes(`from ${each} import`)), `no example imports ${each}`)
    }
  }

  /** Runs `manage.py` in a project of Django with the settings of the document. */
  async #python([file, ...args]) {
    assert.equal(file, 'manage.py')
    this.#folder ??= makeProject(this.#t, this.#blocks)
    const { heading } = this.#block
    await django.manage(this.#folder, args, this.#blocks.filter((block) => block.heading === heading))
  }

  /** Runs a file of tests: one of them, at the least, has to pass, and none may fail. */
  async #nodeTest(file) {
    const tests = this.#blocks.filter((block) => block.file === this.#block.file && block.name === file)
    assert.equal(tests.length, 1, `there is no ${file}`)
    const cwd = makeProject(this.#t, this.#blocks, { [file]: tests[0].text })
    // Otherwise it takes itself for a file of this run, and reports to it.
    const env = { ...process.env, ...FOUND }
    delete env.NODE_TEST_CONTEXT
    const { stdout } = await execFile(process.execPath, ['--test', file], { cwd, env })
    assert.match(stdout, /^(?:#|ℹ) pass [1-9]/m)
  }

  async #node(args) {
    if (args[0] === '--test') return this.#nodeTest(args[1])
    const [file] = args
    await this.#server?.end()
    const isBefore = (block) => block.file === this.#block.file && block.line < this.#block.line
    const before = this.#blocks.filter((block) => isBefore(block) && block.name === file)
    assert.notEqual(before.length, 0, `there is no ${file}`)
    const { port } = runProgram(this.#t, before.at(-1), this.#blocks)
    // It ends with the test.
    this.#server = { url: `http://127.0.0.1:${await port}`, end: async () => {} }
  }

  /** Serves on a free port of this machine only, asks, and ends in good order. */
  async #serve(args) {
    await this.#server?.end()
    const cwd = this.#folder ?? makeProject(this.#t, this.#blocks)
    const running = run(this.#t, onFreePort(args), { cwd, env: FOUND })
    const [, url] = await running.says(/"?Listening on ([^\s"]+)/)
    if (args[1] === django.TARGET) await django.hasStyles(new URL(url).port)
    else await answersAsTold(url, args, running)
    const end = async () => {
      running.child.kill('SIGTERM')
      const { code, stderr } = await running.ended
      assert.equal(code, 0, stderr)
    }
    this.#server = { url, end }
  }

  /** Asks as curl does with nothing but a URL: curl itself need not be there. */
  async #curl(args, comment) {
    assert.notEqual(this.#server, null, 'no server was started')
    assert.equal(args.length, 1, 'options of curl are not understood here')
    const { origin, pathname } = new URL(args[0])
    assert.equal(origin, 'http://127.0.0.1:8000')
    const { body } = await send({ port: new URL(this.#server.url).port, path: pathname, agent: false })
    assert.equal(body.toString(), comment)
  }
}

/** Returns the arguments with a free port of 127.0.0.1 and at most two workers. */
function onFreePort(args) {
  const own = args.slice()
  const workers = own.indexOf('--workers')
  if (workers !== -1) own[workers + 1] = '2'
  for (const [option, value] of [['--host', '127.0.0.1'], ['--port', '0']]) {
    const at = own.indexOf(option)
    if (at === -1) own.push(option, value)
    else own[at + 1] = value
  }
  return own
}

/** The metrics after one request. */
const ONE_ANSWER = /^python_node_requests_total\{method="GET",status="200"\} 1$/m

/** Asks a server for its app, and for what its options promise. */
async function answersAsTold(url, args, { says, output }) {
  const { protocol, port } = new URL(url)
  assert.equal(protocol, args.includes('--ssl-certfile') ? 'https:' : 'http:')
  const ask = (path) => send({ protocol, port, path, rejectUnauthorized: false, agent: false })
  const { status, body } = await ask('/hello/you')
  assert.deepEqual({ status, text: body.toString() }, greeted)
  for (const [option, text] of [['--health-path', /^ok$/], ['--metrics-path', ONE_ANSWER]]) {
    if (!args.includes(option)) continue
    const answer = await ask(args[args.indexOf(option) + 1])
    assert.equal(answer.status, 200, option)
    assert.match(answer.body.toString(), text)
  }
  if (args.includes('--log-format')) {
    await says(/"url.path":"\/hello\/you"/)
    for (const line of output.stdout.trimEnd().split('\n')) assert.equal(typeof JSON.parse(line).body, 'string')
  }
}

module.exports = { Session, commandsOf }
