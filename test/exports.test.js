'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { openApp, temporaryFolder } = require('./support')

const root = path.join(__dirname, '..')

const NAMES = [
  'AsgiError',
  'ConditionalRewriter',
  'Connection',
  'ExistenceCondition',
  'GroupCondition',
  'HeaderCondition',
  'HeaderRewriter',
  'Headers',
  'HrefRewriter',
  'MethodCondition',
  'MethodRewriter',
  'NonExistenceCondition',
  'PathCondition',
  'PathRewriter',
  'Python',
  'PythonHandler',
  'Request',
  'Response',
  'Rewriter',
  'SequenceRewriter',
  'StatelessServer',
  'errors',
  'kwargs',
]

test('import and require give the same objects', async () => {
  const required = require('..')
  const imported = await import('../js/index.mjs')
  assert.deepEqual(Object.keys(required).sort(), NAMES)
  assert.deepEqual(Object.keys(imported).sort(), [...NAMES, 'default'].sort())
  for (const name of NAMES) assert.equal(imported[name], required[name], name)
  assert.equal(imported.default, required)
})

test('the package can be imported and required by its name', async () => {
  const { name } = require('../package.json')
  assert.equal(require(name), require('..'))
  const imported = await import(name)
  for (const each of NAMES) assert.equal(imported[each], require('..')[each], each)
})

test('rarely used exports have a path of their own, with the same objects', async () => {
  const { name } = require('../package.json')
  const root = require('..')
  const paths = {
    rewrite: NAMES.filter((each) => /Rewriter$|Condition$/.test(each)),
    stateless: ['Connection', 'StatelessServer'],
  }
  for (const [part, names] of Object.entries(paths)) {
    const required = require(`${name}/${part}`)
    const imported = await import(`${name}/${part}`)
    assert.deepEqual(Object.keys(required).sort(), names)
    for (const each of names) {
      assert.equal(required[each], root[each], each)
      assert.equal(imported[each], root[each], each)
    }
  }
})

test("Python is an alias of PythonHandler, which has all members of the addon's handler", () => {
  const { Python, PythonHandler } = require('..')
  const addon = require('../python-node.node')
  assert.equal(Python, PythonHandler)
  const namesOf = ({ prototype }) => Object.getOwnPropertyNames(prototype)
  const common = Object.getPrototypeOf(PythonHandler)
  assert.equal(Object.getPrototypeOf(addon.PythonHandler), common)
  for (const name of namesOf(addon.PythonHandler)) assert.ok(namesOf(PythonHandler).includes(name), name)
  assert.deepEqual(namesOf(common).sort(), ['close', 'constructor', 'docroot', 'ready', 'runtime', 'stats'])
})

test('a handler has the properties that its types declare, and no others by name', (t) => {
  const handler = openApp(t, 'hello')
  const types = fs.readFileSync(path.join(root, 'js', 'index.d.ts'), 'utf8')
  const [, body] = /^export class PythonHandler \{\n(.*?)^\}/ms.exec(types)
  const declared = new Set(Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)[(<:]/gm), ([, name]) => name))
  const found = new Set(Object.getOwnPropertyNames(handler))
  for (let each = handler; each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) found.add(name)
  }
  assert.deepEqual([...found].sort(), [...declared].sort())
})

test('the types declare every export and every error code', () => {
  const types = fs.readFileSync(path.join(root, 'js', 'index.d.ts'), 'utf8')
  for (const name of NAMES) {
    assert.match(
      types,
      new RegExp(`export (abstract )?(class|const|function) ${name}\\b|PythonHandler as ${name}\\b`),
      name,
    )
  }
  const declared = types.match(/^ {2}\| 'ERR_ASGI_\w+'/gm).map((line) => line.slice(5, -1))
  assert.deepEqual(declared.sort(), Object.keys(require('..').errors).sort())
})

test('without the addon the error names the file, the platform and the remedy', (t) => {
  const folder = temporaryFolder(t)
  fs.mkdirSync(path.join(folder, 'js'))
  fs.copyFileSync(path.join(root, 'js', 'binding.js'), path.join(folder, 'js', 'binding.js'))
  const script = `try { require(${JSON.stringify(path.join(folder, 'js', 'binding.js'))}) } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }))
  }`
  const { code, message } = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }))
  assert.equal(code, 'ERR_ASGI_ADDON')
  assert.ok(message.includes(path.join(fs.realpathSync(folder), 'python-node.node')), message)
  assert.ok(message.includes(`${process.platform}-${process.arch}`), message)
  assert.ok(message.includes('npm run build'), message)
})

test('an addon that does not load has another error than a missing one', (t) => {
  const folder = temporaryFolder(t)
  fs.mkdirSync(path.join(folder, 'js'))
  fs.copyFileSync(path.join(root, 'js', 'binding.js'), path.join(folder, 'js', 'binding.js'))
  fs.writeFileSync(path.join(folder, 'python-node.node'), 'not an addon')
  const script = `try { require(${JSON.stringify(path.join(folder, 'js', 'binding.js'))}) } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message, cause: error.cause.message }))
  }`
  const { code, message, cause } = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }))
  assert.equal(code, 'ERR_ASGI_ADDON')
  assert.match(message, /does not load here/)
  assert.ok(message.includes(cause), message)
})
