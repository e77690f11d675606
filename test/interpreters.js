'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** Interpreters of this machine that the package promises to run, with a shared library. */
function interpreters() {
  const root = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions')
  const folders = fs.existsSync(root) ? fs.readdirSync(root).map((name) => path.join(root, name)) : []
  const programs = folders.map((folder) => path.join(folder, 'bin', 'python3'))
  return [...programs, '/usr/bin/python3'].filter((program) => fs.existsSync(program)).filter(isSupported)
}

function isSupported(program) {
  const question = "import sys, sysconfig; print(*sys.version_info[:2], sysconfig.get_config_var('Py_ENABLE_SHARED'))"
  const { status, stdout } = spawnSync(program, ['-c', question], { encoding: 'utf8' })
  const [major, minor, isShared] = (stdout ?? '').trim().split(' ').map(Number)
  return status === 0 && major === 3 && minor >= 8 && minor <= 15 && isShared === 1
}

/** This process' environment with these settings of text and Python instead of its own. */
function environment(settings, python) {
  const env = { ...process.env, PYTHON_NODE_PYTHON: python }
  for (const name of Object.keys(env)) {
    if (/^(LANG|LC_|LANGUAGE|VIRTUAL_ENV|PYTHON(?!_NODE|DONTWRITEBYTECODE))/.test(name)) delete env[name]
  }
  return { ...env, ...settings }
}

/**
 * Asks an app once, in a process of its own.
 *
 * @param {object} options the handler's.
 * @param {Record<string, string>} env
 * @returns {string} what the process prints, its bytes as Latin-1: what the app prints, or the error as JSON.
 */
function askOnce(options, env) {
  const args = [path.join(__dirname, 'fixtures', 'ask-once.js'), JSON.stringify(options)]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'latin1',
    env,
    timeout: 60000,
  })
  assert.deepEqual([status, signal], [0, null], stderr)
  return stdout
}

module.exports = { askOnce, environment, interpreters }
