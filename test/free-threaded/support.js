'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { interpreter } = require('../../js/setup/virtual-environment')
const { docroot, makeFolder } = require('../support')

/** The interpreter that handlers of the tests take. */
function program() {
  const given = process.env.PYTHON_NODE_PYTHON || interpreter
  return fs.existsSync(path.join(given, 'bin', 'python')) ? path.join(given, 'bin', 'python') : given
}

/** Why tests that need a Python without a GIL are skipped; false where there is one. */
function whyNot() {
  const question = "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
  const { stdout } = spawnSync(program(), ['-c', question], { encoding: 'utf8' })
  return (stdout ?? '').trim() === 'False'
    ? false
    : 'this Python has a GIL: npm run test:free-threaded uses one without'
}

/** Runs a script that has `handler`, of tells_its_loop on two loops, and gives what it prints as JSON, and its notes. */
async function run(t, script, env = {}) {
  const notes = path.join(makeFolder(t, {}), 'notes')
  const code = `
    const { PythonHandler, Request } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})
    const handler = new PythonHandler('tells_its_loop:app', { docroot: ${JSON.stringify(docroot)}, loops: 2 })
    ;(async () => { ${script} })()`
  const options = { env: { ...process.env, LIFESPAN_NOTES: notes, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }
  const child = spawn(process.execPath, ['-e', code], options)
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  const [status, signal] = await once(child, 'close')
  assert.deepEqual([status, signal], [0, null])
  const lines = fs.existsSync(notes) ? fs.readFileSync(notes, 'utf8').trim().split('\n') : []
  return { said: said === '' ? undefined : JSON.parse(said), notes: lines.map((line) => line.split(' ')) }
}

module.exports = { program, run, whyNot }
