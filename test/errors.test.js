'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { errors } = require('..')
const { listen, openApp, quiet, send } = require('./support')

const root = path.join(__dirname, '..')

/** The codes that a file, or the files of a folder, name. */
function codesIn(...places) {
  const found = new Set()
  for (const place of places) {
    const full = path.join(root, place)
    if (fs.statSync(full).isDirectory()) {
      for (const name of fs.readdirSync(full)) {
        if (name !== 'setup') { for (const code of codesIn(path.join(place, name))) found.add(code) }
      }
    } else {
      for (const [code] of fs.readFileSync(full, 'utf8').matchAll(/\bERR_ASGI_[A-Z_]+[A-Z]\b/g)) found.add(code)
    }
  }
  return [...found].toSorted?.() ?? [...found].sort()
}

test('every code that the sources use is in the README, and the README has no other', () => {
  assert.deepEqual(codesIn('README.md'), codesIn('js', 'Sources'))
})

test('every code of the table is used, and has a text', () => {
  for (const [code, text] of Object.entries(errors)) {
    assert.match(code, /^ERR_ASGI_[A-Z_]+$/)
    assert.equal(typeof text, 'string')
    assert.notEqual(text, '')
  }
  const declared = codesIn('js/index.d.ts')
  for (const code of declared) assert.ok(codesIn('js', 'Sources').includes(code), code)
})

test('a client gets a plain 500, and the traceback only when the handler was told to show it', async (t) => {
  quiet(t)
  const plain = await listen(t, http.createServer(openApp(t, 'raises').listener))
  const hidden = await send({ port: plain, path: '/before' })
  assert.equal(hidden.status, 500)
  assert.equal(hidden.body.toString(), 'Internal Server Error')
  const open = await listen(t, http.createServer(openApp(t, 'raises', { exposeErrors: true }).listener))
  const shown = await send({ port: open, path: '/before' })
  assert.equal(shown.status, 500)
  assert.match(shown.body.toString(), /^Traceback[^]*ValueError: not today\n$/)
})

test('the chain of causes is there, each with its type and traceback', async (t) => {
  const handler = openApp(t, 'raises_from')
  const error = await handler.handleRequest({ url: '/' }).catch((reason) => reason)
  assert.equal(error.code, 'ERR_ASGI_PYTHON')
  assert.equal(error.message, 'Python error: RuntimeError: the order cannot be shipped')
  assert.equal(error.pythonType, 'RuntimeError')
  assert.match(error.pythonTraceback, /raises_from\.py/)
  assert.equal(error.cause.pythonType, 'KeyError')
  assert.equal(error.cause.cause.pythonType, 'ZeroDivisionError')
  assert.equal(error.cause.cause.cause, undefined)
})
