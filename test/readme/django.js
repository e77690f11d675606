'use strict'

const assert = require('node:assert/strict')
const childProcess = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { send } = require('../support')

const execFile = promisify(childProcess.execFile)

/** The file whose lines a document shows: they come after those that `startproject` writes. */
const SETTINGS = 'mysite/settings.py'

const TARGET = 'mysite.asgi:application'

function isSettings({ language, name }) {
  return language === 'python' && name === SETTINGS
}

/**
 * Makes a project of Django as `startproject` does, with the settings of a document, and runs `manage.py` in it.
 *
 * @param {string} folder has a `.venv`.
 * @param {string[]} args
 * @param {object[]} blocks those with the settings, among others.
 */
async function manage(folder, args, blocks) {
  const run = (program, args) => execFile(path.join(folder, '.venv', 'bin', program), args, { cwd: folder })
  if (!fs.existsSync(path.join(folder, 'manage.py'))) {
    await run('python', ['-m', 'django', 'startproject', 'mysite', '.'])
    const settings = blocks.filter(isSettings)
    assert.equal(settings.length, 1)
    fs.appendFileSync(path.join(folder, SETTINGS), settings[0].text)
  }
  await run('python', ['manage.py', ...args])
}

/** Asks for the admin's page, and for each file that it names. */
async function hasStyles(port) {
  const { status, body } = await send({ port, path: '/admin/login/', agent: false })
  assert.equal(status, 200, body.toString())
  const files = Array.from(body.toString().matchAll(/(?:href|src)="(\/static\/[^"]+)"/g), ([, file]) => file)
  assert.ok(files.some((file) => file.endsWith('.css')), body.toString())
  for (const file of files) assert.equal((await send({ port, path: file, agent: false })).status, 200, file)
}

module.exports = { SETTINGS, TARGET, hasStyles, isSettings, manage }
