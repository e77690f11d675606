'use strict'

const assert = require('node:assert/strict')
const express = require('express')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { inspect } = require('node:util')
const { PythonHandler, errors } = require('..')
const { codes } = require('./readme/declarations')
const { listen, makeFolder, openApp, quiet, send } = require('./support')

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
    } else if (!place.endsWith('.md')) {
      for (const [code] of fs.readFileSync(full, 'utf8').matchAll(/\bERR_ASGI_[A-Z_]+[A-Z]\b/g)) found.add(code)
    }
  }
  return [...found].toSorted?.() ?? [...found].sort()
}

test('js/index.d.ts explains every code that the sources use, and no other', () => {
  // The error of an addon that cannot be loaded is a plain Error: its code is not in the type.
  assert.deepEqual([...codes().keys(), 'ERR_ASGI_ADDON'].sort(), codesIn('js', 'Sources'))
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

test('a client gets a plain 500, and the traceback only with exposeErrors', async (t) => {
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

test("the stack has Python's frames below the message, the innermost first, and then the caller's", async (t) => {
  const handler = openApp(t, 'raises_from')
  const error = await handler.handleRequest({ url: '/' }).catch((reason) => reason)
  const [message, ...frames] = error.stack.split('\n')
  assert.equal(message, 'AsgiError: Python error: RuntimeError: the order cannot be shipped')
  assert.match(frames[0], /^ {4}at app \(\/.*raises_from\.py:17:\d+\)$/)
  assert.equal(frames.length, 1)
  const [, ...origins] = error.cause.stack.split('\n')
  assert.deepEqual(origins.map((line) => line.replace(/\(.*\/|:\d+\)/g, '')), [
    '    at ship raises_from.py:8',
    '    at app raises_from.py:15',
  ])
  let thrown
  const ask = () => handler.handleRequestSync({ url: '/' })
  try {
    ask()
  } catch (reason) {
    thrown = reason
  }
  assert.match(
    thrown.stack,
    /^AsgiError: .*\n {4}at app \(.*raises_from\.py:17:\d+\)\n[^]* {4}at ask \(.*errors\.test\.js/,
  )
  assert.doesNotMatch(thrown.stack, /python-node\/core/)
})

test('an error that is printed shows each frame, and each message, once', async (t) => {
  const handler = openApp(t, 'raises_from')
  const error = await handler.handleRequest({ url: '/' }).catch((reason) => reason)
  const shown = inspect(error)
  for (const text of ['raises_from.py:17:', 'raises_from.py:8:', 'the order cannot be shipped', 'division by zero']) {
    assert.equal(shown.split(text).length, 2, `${text} in\n${shown}`)
  }
  assert.match(shown, /code: 'ERR_ASGI_PYTHON',\n +pythonType: 'RuntimeError',/)
})

test("Express' own page shows where in Python it happened", async (t) => {
  const app = express().set('env', 'development')
  t.mock.method(console, 'error', () => undefined)
  app.use(openApp(t, 'raises').listener)
  const { body } = await send({ port: await listen(t, http.createServer(app)), path: '/before' })
  assert.match(String(body), /ValueError: not today<br> &nbsp; &nbsp;at app \(.*raises\.py:\d+:\d+\)<\/pre>/)
})

test('the stack of a syntax error begins with its place', (t) => {
  const folder = makeFolder(t, { 'halves.py': 'import os\n\ndef half(:\n    pass\n' })
  let thrown
  try {
    new PythonHandler('halves:app', { docroot: folder })
  } catch (reason) {
    thrown = reason
  }
  assert.match(thrown.stack, /SyntaxError: .*\n {4}at .*halves\.py:3:\d+\n[^]*errors\.test\.js/)
  assert.doesNotMatch(thrown.stack, /importlib/)
})

test('of a recursion without an end the stack has the innermost hundred frames', async (t) => {
  const handler = openApp(t, 'raises_deep')
  const error = await handler.handleRequest({ url: '/' }).catch((reason) => reason)
  assert.equal(error.pythonType, 'RecursionError')
  const frames = error.stack.split('\n').filter((line) => line.includes('raises_deep.py'))
  assert.equal(frames.length, 100)
  assert.match(frames[50], /at fall /)
})
