'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const addon = path.join(__dirname, '..', 'python-node.node')

/** Why a test cannot run here, or false. */
const without = (tool) => {
  if (process.platform !== 'linux') return 'only on Linux'
  return spawnSync(tool, ['--version']).error === undefined ? false : `there is no ${tool}`
}

const lines = (tool, ...args) => execFileSync(tool, args, { encoding: 'utf8' }).trim().split('\n')

test('the addon needs neither the Swift runtime nor a certain Python', { skip: without('ldd') }, () => {
  const libraries = lines('ldd', addon).map((line) => line.trim().split(' ')[0])
  const allowed = /^(linux-vdso|libc|libm|libstdc\+\+|libgcc_s|libdl|libpthread|\/lib.*\/ld-linux[\w-]*)\.so\b/
  assert.deepEqual(libraries.filter((library) => !allowed.test(library)), [])
  assert.notEqual(libraries.length, 0)
})

test('the addon exports the entry points of an addon and nothing else', { skip: without('nm') }, () => {
  const exported = lines('nm', '-D', '--defined-only', '--extern-only', addon).map((line) =>
    line.split(' ').at(-1).split('@')[0]
  )
  assert.ok(exported.includes('napi_register_module_v1'))
  const entryPoints = new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1'])
  assert.deepEqual(exported.filter((name) => !entryPoints.has(name)), [])
})

test('undefined symbols of the addon are in Node or in the C library', { skip: without('nm') }, () => {
  const undefinedNames = lines('nm', '-D', '--undefined-only', addon).map((line) => line.trim().split(' ').at(-1))
  // Python's functions are looked up in the library that is found at run time.
  assert.deepEqual(undefinedNames.filter((name) => /^_?Py/.test(name)), [])
  assert.deepEqual(undefinedNames.filter((name) => /^(\$s|swift_|_swift)/.test(name)), [])
  assert.ok(undefinedNames.some((name) => name.startsWith('napi_')))
})

test('the code stays loaded when the thread that loaded it ends', { skip: without('readelf') }, () => {
  assert.match(execFileSync('readelf', ['-d', addon], { encoding: 'utf8' }), /\bNODELETE\b/)
})
