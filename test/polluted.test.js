'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { docroot, openApp } = require('./support')

const addon = path.join(__dirname, '..', 'python-node.node')

test('properties added to Object.prototype change nothing', () => {
  const say = (...args) => {
    const file = path.join(__dirname, 'fixtures', 'polluted.js')
    return execFileSync(process.execPath, [file, ...args], { encoding: 'utf8', timeout: 60_000 })
  }
  const expected = say()
  assert.match(expected, /^served: /m)
  assert.deepEqual(say('polluted').split('\n'), expected.split('\n'))
})

test('requests and options may be of classes, whose properties count', async (t) => {
  class Base {
    get url() {
      return '/of/a/class'
    }
  }
  class Own extends Base {
    get method() {
      return 'PUT'
    }

    get headers() {
      return { a: '1' }
    }
  }
  const handler = openApp(t, 'dump_scope')
  const scope = JSON.parse((await handler.handleRequest(new Own())).body)
  assert.deepEqual([scope.path, scope.method, scope.headers.length], ['/of/a/class', 'PUT', 1])
  const made = Object.create(Object.assign(Object.create(null), { url: '/made' }))
  assert.equal(JSON.parse((await handler.handleRequest(made)).body).path, '/made')
})

test('headers of all names are given where the prototype of all objects is frozen', () => {
  const script = `
    Object.freeze(Object.prototype)
    const { PythonHandler } = require(${JSON.stringify(addon)})
    const handler = new PythonHandler('sends_given_head:app', { docroot: ${JSON.stringify(docroot)} })
    const headers = ['constructor', 'toString', '__proto__', 'x-a'].map((name) => [name.toLowerCase(), '1'])
    const url = '/?' + encodeURIComponent(JSON.stringify({ headers }))
    handler.handleRequest({ url }).then((response) => {
      process.stdout.write(Object.entries(response.headers).join(' '))
      return handler.close()
    })
  `
  const options = { encoding: 'utf8', timeout: 60_000 }
  const said = execFileSync(process.execPath, ['-e', script], options)
  assert.equal(said, 'constructor,1 tostring,1 __proto__,1 x-a,1')
})
