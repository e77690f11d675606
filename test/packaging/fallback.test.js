'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { Workshop, root, skip } = require('./support')

const FITS = /the addon of the package runs here/

describe('installing where the addon of the package may not fit', { skip }, () => {
  const workshop = new Workshop()
  let without
  let withSwift
  let number = 0

  before(async () => {
    without = await workshop.environment('without-swift')
    withSwift = await workshop.environment('with-swift', { swift: true })
  })
  after(() => workshop.remove())

  /** A folder as npm unpacks it, with a matching addon. `change` gets the addon's file and its description. */
  function unpack(change = () => {}) {
    const folder = workshop.at(`project-${number++}`, 'node_modules', 'python-node')
    for (const name of ['js', 'Sources', 'Package.swift', 'package.json']) {
      fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
    }
    const addon = path.join(folder, 'python-node.node')
    fs.copyFileSync(path.join(root, 'python-node.node'), addon)
    const libc = process.platform === 'linux' ? { libc: libcOfThis() } : { libc: null }
    const record = { platform: process.platform, arch: process.arch, ...libc, sha256: checksum(addon) }
    change(addon, record)
    fs.writeFileSync(path.join(folder, 'python-node.prebuilt.json'), JSON.stringify(record))
    return folder
  }

  /** Runs the scripts that npm runs. */
  const install = (folder, env) => {
    const script = path.join('js', 'install', 'install.js')
    return workshop.run(path.join(env.PATH, 'node'), [script], { cwd: folder, env })
  }

  /** A problem with a package is reported in one line with its remedy, and fails the installation. */
  async function refuses(folder, pattern) {
    const { code, stdout, stderr } = await install(folder, without)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.match(stderr, pattern)
    assert.match(
      stderr,
      /To build the addon, install what is missing: Swift: there is no swift on PATH; get Swift 6\.2 or later/,
    )
    assert.match(stderr, /Node's headers: set PYTHON_NODE_NODE_INCLUDE .*; Python's headers: set PYTHON_NODE_PYTHON_/)
    assert.equal(fs.existsSync(path.join(folder, '.build')), false)
  }

  test('an addon that fits is left as it is', async () => {
    const { code, stdout, stderr } = await install(unpack(), without)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, FITS)
  })

  test('an addon that is not the one that was packed is refused', async () => {
    const folder = unpack((addon) => fs.appendFileSync(addon, 'more'))
    await refuses(folder, /^python-node: the addon is not the one that was packed: its SHA-256 differs\./)
  })

  test('an addon for another platform is refused', async () => {
    const folder = unpack((_addon, record) => Object.assign(record, { platform: 'darwin', arch: 'arm64', libc: null }))
    await refuses(folder, /^python-node: the addon in the package is for darwin-arm64, and this is \w+-\w+/)
  })

  test('an addon for another C library is refused', { skip: process.platform !== 'linux' }, async () => {
    const folder = unpack((_addon, record) => (record.libc = 'another'))
    await refuses(folder, /^python-node: the addon in the package is for linux-\w+-another, and this is linux-\w+/)
  })

  test('an addon that does not load is refused, and the loader is quoted', async () => {
    const folder = unpack((addon, record) => {
      fs.writeFileSync(addon, 'not an addon')
      record.sha256 = checksum(addon)
    })
    await refuses(folder, /^python-node: the addon does not load: .*python-node\.node/)
  })

  test('a package without its addon is refused', async () => {
    await refuses(unpack((addon) => fs.rmSync(addon)), /^python-node: the package has no addon\./)
  })

  test('where there is a compiler the addon is built, once, and works', async () => {
    const folder = unpack((addon) => fs.writeFileSync(addon, 'cut off'))
    const first = await install(folder, withSwift)
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stdout, /its SHA-256 differs; building it from source/)
    assert.equal(workshop.builds('with-swift'), 1)
    assert.equal(fs.existsSync(path.join(folder, '.build')), false, 'what the compiler left is removed')

    const second = await install(folder, withSwift)
    assert.match(second.stdout, FITS)
    assert.equal(workshop.builds('with-swift'), 1)
    const code = 'process.stdout.write(typeof require(process.argv[1]).PythonHandler)'
    const node = path.join(without.PATH, 'node')
    assert.equal(await workshop.succeed(node, ['-e', code, folder], { cwd: folder, env: without }), 'function')
  })

  test('npm shows why an installation fails', async () => {
    const folder = unpack((addon) => fs.appendFileSync(addon, 'more'))
    const cwd = path.join(folder, '..', '..')
    fs.writeFileSync(path.join(cwd, 'package.json'), '{ "dependencies": { "python-node": "*" } }')
    const args = ['rebuild', '--offline', 'python-node']
    const { code, stderr } = await workshop.run(path.join(without.PATH, 'npm'), args, { cwd, env: without })
    assert.notEqual(code, 0)
    assert.match(
      stderr,
      /python-node: the addon is not the one that was packed: its SHA-256 differs\. To build the addon/,
    )
  })

  test('without an addon in the package, the error says to rebuild the package', async () => {
    const folder = unpack((addon) => fs.rmSync(addon))
    const node = path.join(without.PATH, 'node')
    const code = 'try { require(process.argv[1]) } catch ({ code, message }) { console.log(`${code} ${message}`) }'
    const said = await workshop.succeed(node, ['-e', code, folder], { cwd: folder, env: without })
    assert.match(said, /^ERR_ASGI_ADDON The addon \S+python-node\.node is missing .* Run `npm rebuild python-node`/)
    assert.equal(said.trimEnd().split('\n').length, 1)
  })

  test('in a checkout nothing is built and nothing fails', async () => {
    const env = await workshop.environment('in-checkout', { swift: true })
    const checkout = workshop.makeCheckout()
    const clean = await install(checkout, env)
    // An interrupted `npm pack` leaves the record of the addon.
    fs.writeFileSync(path.join(checkout, 'python-node.prebuilt.json'), '{}')
    for (const { code, stdout, stderr } of [clean, await install(checkout, env)]) {
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, /this is a checkout; npm run build makes the addon/)
    }
    assert.equal(workshop.builds('in-checkout'), 0)
    assert.equal(fs.existsSync(path.join(checkout, 'python-node.node')), false)
  })
})

function checksum(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex')
}

function libcOfThis() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
