'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { temporaryFolder } = require('../support')
const { docroot, openWSGI, skip } = require('./support')

const python = path.join(__dirname, '..', '..', '.venv', 'bin', 'python')

test('A7 an application of two parameters is WSGI by detection or by option', { skip }, async (t) => {
  for (const options of [{}, { interface: 'auto' }, { interface: 'wsgi' }]) {
    const handler = openWSGI(t, 'answers_in_ways', options)
    assert.equal((await handler.handleRequest({ url: '/plain' })).body.toString(), 'hello, world')
  }
})

test('A7 a WSGI application with the option of ASGI fails with its own exception', { skip }, async (t) => {
  const handler = openWSGI(t, 'answers_in_ways', { interface: 'asgi3', lifespan: 'off' })
  await assert.rejects(handler.handleRequest({ url: '/plain' }), { code: 'ERR_ASGI_PYTHON', pythonType: 'TypeError' })
})

test('a WSGI application opens no WebSocket', { skip }, async (t) => {
  const { Request } = require('../..')
  const handler = openWSGI(t, 'answers_in_ways')
  assert.equal((await handler.handleStream(new Request({ url: '/plain', websocket: true }))).status, 403)
})

test('H5 a WSGI application needs no lifespan, and gets none', { skip }, async (t) => {
  for (const lifespan of ['auto', 'on', 'off']) {
    const handler = openWSGI(t, 'answers_in_ways', { lifespan })
    await handler.ready()
    assert.equal((await handler.handleRequest({ url: '/plain' })).status, 200)
  }
})

test('a WSGI app in a Python without a2wsgi fails with the name of that package', (t) => {
  const environment = temporaryFolder(t)
  const make = [python, ['-m', 'venv', '--without-pip', environment]]
  try {
    execFileSync(...make, { stdio: 'pipe' })
  } catch (error) {
    if (error.code === 'ENOENT') return t.skip('there is no .venv')
    throw error
  }
  // In a process of its own: which Python is used is decided once.
  const script = [
    `const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})`,
    'const [docroot, python, options] = process.argv.slice(1)',
    'try {',
    "  new PythonHandler('answers_in_ways:app', { docroot, python, ...JSON.parse(options) })",
    '} catch (error) {',
    '  console.log(JSON.stringify([error.code, error.pythonType, error.message]))',
    '}',
  ]
  for (const options of [{}, { interface: 'wsgi' }]) {
    const args = ['-e', script.join('\n'), docroot, environment, JSON.stringify(options)]
    // Nothing from elsewhere.
    const env = { ...process.env, PYTHONPATH: '' }
    const [code, type, message] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }))
    assert.deepEqual([code, type], ['ERR_ASGI_PYTHON', 'ImportError'])
    assert.match(message, /^[^\n]*a WSGI application needs the package 'a2wsgi': pip install a2wsgi$/)
  }
})
