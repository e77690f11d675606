'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { interpreter } = require('../../js/setup/virtual-environment')

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

module.exports = { program, whyNot }
