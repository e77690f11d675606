'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { readArguments } = require('../../js/serve/arguments')
const { OPTIONS, REFUSED } = require('../../js/serve/options')
const { interpreter } = require('../../js/setup/virtual-environment')

const guide = fs.readFileSync(path.join(__dirname, '..', '..', 'js', 'serve', 'README.md'), 'utf8')

/** What the help of uvicorn says is no setting: it is answered at once. */
const QUESTIONS = ['help', 'version']

/** The options of the uvicorn that is installed: name, and whether it takes a value. */
function optionsOfUvicorn() {
  const env = { ...process.env, COLUMNS: '100', TERM: 'dumb', NO_COLOR: '1' }
  const text = execFileSync(interpreter, ['-m', 'uvicorn', '--help'], { encoding: 'utf8', env })
  return text.split('\n').flatMap((line) => {
    const [, spelling] = /^ {2}(--\S.*?)(?: {2}|$)/.exec(line) ?? []
    if (spelling === undefined) return []
    return spelling.split(' / ').map((each) => {
      const [, name, value] = /^--(\S+)(?: (\S+))?$/.exec(each)
      return { name, takesValue: value !== undefined }
    })
  })
}

/** Whether an option is taken: read without a complaint that it is not there. */
function isTaken({ name, takesValue }) {
  const { given, asks } = readArguments(takesValue ? [`--${name}`, 'x'] : [`--${name}`])
  return asks === name || given.size === 1
}

test('every option of the installed uvicorn is taken in its form, or refused by name', () => {
  const options = optionsOfUvicorn()
  // Such as are there in every version: the help was read.
  for (const name of ['host', 'workers', 'no-access-log', 'ssl-ca-certs', 'factory', 'help']) {
    assert.ok(options.some((each) => each.name === name), name)
  }
  for (const option of options) {
    if (!REFUSED.has(option.name)) assert.ok(isTaken(option), `--${option.name}`)
  }
})

test("refused options are uvicorn's, have a reason, and are in the guide of serve", () => {
  const names = new Set(optionsOfUvicorn().map(({ name }) => name))
  for (const [name, reason] of REFUSED) {
    assert.ok(names.has(name), name)
    assert.throws(() => readArguments([`--${name}`, 'x']), {
      name: 'ServeFailure',
      message: `--${name} is not supported: ${reason}`,
      exitCode: 2,
    })
    assert.match(guide, new RegExp(`^\\| \`--${name}\` \\| refused: `, 'm'))
  }
})

test('an option is either taken or refused, and has one name of its own', () => {
  const names = [...OPTIONS.flatMap(({ name, also }) => also === undefined ? [name] : [name, also]), ...QUESTIONS]
  assert.equal(new Set(names).size, names.length)
  for (const name of REFUSED.keys()) assert.ok(!names.includes(name), name)
})
