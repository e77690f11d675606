'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { docroot } = require('./support')

const folder = path.join(__dirname, '..', 'Sources', 'Addon', 'JavaScript')
const addon = path.join(__dirname, '..', 'python-node.node')

test('a stack names the files and lines of the core', () => {
  const { core } = require(addon)
  let thrown
  try {
    core.options.target('no colon')
  } catch (error) {
    thrown = error
  }
  const [, file, line] = /python-node\/core\/(options\.js):(\d+):\d+/.exec(thrown.stack)
  const text = fs.readFileSync(path.join(folder, file), 'utf8').split('\n')[line - 1]
  assert.match(text, /create\('ERR_ASGI_INVALID_TARGET'/)
})

test('each environment has a core of its own', async () => {
  const { core } = require(addon)
  core.mark = true
  const source = `
    const { parentPort } = require('node:worker_threads')
    parentPort.postMessage(require(${JSON.stringify(addon)}).core.mark ?? null)`
  const worker = new Worker(source, { eval: true })
  const mark = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  await worker.terminate()
  delete core.mark
  assert.equal(mark, null)
})

const skip = process.getBuiltinModule === undefined && 'this Node gives an addon no modules'

test('the addon alone reads files that an app names', { skip }, () => {
  const program = `
    const { PythonHandler } = require(${JSON.stringify(addon)})
    const handler = new PythonHandler('send_files', 'app', { docroot: ${JSON.stringify(docroot)} })
    handler.handleRequest({ url: '/path_send' })
      .then(({ body }) => handler.close().then(() => console.log(body.length)))`
  assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), '262144\n')
})
