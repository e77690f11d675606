'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { Workshop, filesIn, root, skip } = require('./packaging/support')

const MIB = 1024 * 1024

describe('a package that is packed and installed', { skip }, () => {
  const workshop = new Workshop()
  let checkout
  let tarball
  let env
  let installation

  before(async () => {
    checkout = workshop.makeCheckout()
    tarball = await workshop.pack(checkout, await workshop.environment('with-swift', { swift: true }))
    env = await workshop.environment('without-swift')
    installation = await workshop.install('project', tarball, env)
  })
  after(() => workshop.remove())

  const at = (...names) => workshop.at('project', ...names)
  const installed = (...names) => at('node_modules', 'python-node', ...names)
  const run = (command, args) => workshop.succeed(command, args, { cwd: at(), env })

  test('it weighs less than 8 MiB', () => {
    assert.ok(fs.statSync(tarball).size < 8 * MIB, `${fs.statSync(tarball).size} bytes`)
  })

  test('it is installed without a network, a registry and a compiler', () => {
    assert.equal(installation.code, 0, installation.stderr)
    assert.ok(fs.existsSync(installed('python-node.node')))
    assert.equal(fs.existsSync(installed('.build')), false)
  })

  test('it holds the program, the addon and the sources, and nothing that only a checkout needs', () => {
    const [top, files] = [fs.readdirSync(installed()), filesIn(installed())]
    const addon = ['python-node.node', 'python-node.prebuilt.json']
    const expected = ['Fixtures', 'LICENSE', 'Package.swift', 'README.md', 'Sources', ...addon, 'js', 'package.json']
    assert.deepEqual(top.sort(), expected.sort())
    assert.deepEqual(fs.readdirSync(installed('Fixtures')), ['example'])
    assert.deepEqual(files.filter((file) => /\.test\.js$|^tests?\/|\.pyc$|__pycache__|(^|\/)\./i.test(file)), [])
    for (const file of ['js/index.js', 'js/index.d.ts', 'js/cli.js', 'js/install/install.js', 'js/setup/headers.js']) {
      assert.ok(files.includes(file), file)
    }
  })

  test('the addon is without debugging symbols, and its checksum is beside it', () => {
    const content = fs.readFileSync(installed('python-node.node'))
    const { sha256, ...target } = JSON.parse(fs.readFileSync(installed('python-node.prebuilt.json'), 'utf8'))
    assert.equal(sha256, createHash('sha256').update(content).digest('hex'))
    assert.deepEqual([target.platform, target.arch], [process.platform, process.arch])
    assert.equal(content.includes('.debug_info'), false)
  })

  test('no file has a path of the machine that built it', () => {
    const paths = [`${checkout}/`, `${fs.realpathSync(root)}/`]
    const telling = filesIn(installed()).filter((file) => {
      const content = fs.readFileSync(installed(file))
      return paths.some((each) => content.includes(each))
    })
    assert.deepEqual(telling, [])
  })

  test('a checkout is left without the checksum that is made for the package', () => {
    assert.equal(fs.existsSync(path.join(checkout, 'python-node.prebuilt.json')), false)
  })

  test('a program serves requests with it; without ws everything works but WebSockets on a server', async () => {
    const output = await run(path.join(env.PATH, 'node'), ['--require', './without-ws.js', 'server.js'])
    const { python, ...served } = { ...JSON.parse(output).served }
    const { message, ...outcome } = JSON.parse(output)
    assert.deepEqual(served, { path: '/over/http' })
    assert.equal(python[0], 3)
    assert.deepEqual(outcome, {
      status: 200,
      served: { path: '/over/http', python },
      asked: { path: '/asked', python },
      echoed: 'hello',
      bare: 'function',
      upgrade: 'ERR_ASGI_WEBSOCKET_LIBRARY',
    })
    assert.match(message, /^WebSockets on a server need the package ws: run `npm install ws`/)
  })

  test('a module imports it', async () => {
    const code = "import { PythonHandler } from 'python-node'; console.log(PythonHandler.name)"
    const output = await run(path.join(env.PATH, 'node'), ['--input-type=module', '--eval', code])
    assert.equal(output.trim(), 'PythonHandler')
  })

  test('its command prints its version', async () => {
    const output = await run(at('node_modules', '.bin', 'python-node'), ['--version'])
    assert.match(output, /^python-node \d+\.\d+\.\d+, Node \d+/)
  })

  test('its command serves until SIGTERM', { timeout: 60000 }, async () => {
    const args = ['serve', 'main:app', '--port', '0']
    const { child, said, ended } = workshop.start(at('node_modules', '.bin', 'python-node'), args, { cwd: at(), env })
    const pattern = /Listening on (http:\S+)/
    while (!pattern.test(said.stdout + said.stderr)) {
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), endedEarly(ended)])
    }
    const response = await fetch(new URL('/from/outside', pattern.exec(said.stdout + said.stderr)[1]))
    assert.equal((await response.json()).path, '/from/outside')
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })
})

async function endedEarly(ended) {
  const { code, stdout, stderr } = await ended
  throw new Error(`it ended (${code}) before it served:\n${stdout}${stderr}`)
}
