'use strict'

// What `--reload` loads in advance, before there is a change.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { missing } = require('../frameworks/servers')
const { makeFolder } = require('../support')

const root = path.join(__dirname, '..', '..')

/** Warms up in a process of its own, and lists what Python has loaded there. */
const SCRIPT = `
const { PythonHandler } = require(process.argv[1])
const { warmUp } = require(process.argv[1] + '/js/serve/reload/warm-up')
const settings = JSON.parse(process.argv[2])
warmUp(settings).then(async () => {
  const python = new PythonHandler({ docroot: settings.appDir, appTarget: null })
  console.log(JSON.stringify(await python.function('main:loaded')()))
})`

const MODULES = {
  django: 'django.core.handlers.asgi',
  fastapi: 'fastapi',
  litestar: 'litestar',
  quart: 'quart',
  starlette: 'starlette.applications',
}

for (const [framework, module] of Object.entries(MODULES)) {
  const lacking = missing([framework])
  const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`
  test(`${framework} is loaded in advance for an app that imports it, without a word`, { skip }, (t) => {
    const text = `import sys
was_loaded = "${module}" in sys.modules
import ${framework}
def loaded():
    return was_loaded
`
    const appDir = makeFolder(t, { 'main.py': text })
    const settings = { appDir, target: 'main:app', loop: 'auto', python: path.join(root, '.venv'), thread: null }
    const args = ['-e', SCRIPT, root, JSON.stringify(settings)]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'true\n', stderr: '' })
  })
}
