'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { runCell } = require('../matrix/cell')
const { interpreters } = require('../interpreters')

/** Apps that misuse the process, with an allocator that detects the use of freed memory. */
const FILES = ['driving', 'events', 'lifespans', 'odd-apps'].map((name) => path.join(__dirname, `${name}.test.js`))
const ENV = { PYTHONMALLOC: 'debug' }

const node = { version: process.versions.node, program: process.execPath }

/** The oldest Python, the last one whose collector runs wherever something is allocated, and the newest. */
const programs = interpreters().filter((program) => /[/]3\.(8|11|13)[.\d]*[/]/.test(program))
const skip = programs.length === 0 && 'no Python 3.8, 3.11 or 3.13 of pyenv'

test('there is a Python to run odd apps on', { skip }, () => assert.ok(programs.length > 0))

for (const python of programs) {
  for (const thread of ['own', 'node']) {
    test(`odd apps use nothing that was freed: ${python}, thread '${thread}'`, async () => {
      const { passed, failed, failures } = await runCell({ node, python: { python }, thread, files: FILES, env: ENV })
      assert.deepEqual({ failed, failures }, { failed: 0, failures: [] })
      assert.ok(passed > 60, `${passed} passed`)
    })
  }
}
