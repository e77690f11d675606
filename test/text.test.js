'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { askOnce, environment, interpreters } = require('./interpreters')
const { docroot, makeFolder, temporaryFolder } = require('./support')

/** Ways of saying, or not saying, which text there is. */
const SETTINGS = [
  {},
  { LANG: 'C' },
  { LC_ALL: 'C' },
  { LANG: 'C.UTF-8' },
  { LANG: 'xx_XX.UTF-8' },
  { PYTHONUTF8: '1', LC_ALL: 'C' },
  { PYTHONUTF8: '0' },
  { PYTHONCOERCECLOCALE: '0' },
  { PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' },
  { PYTHONIOENCODING: 'latin-1:replace', LANG: 'C.UTF-8' },
  { PYTHONDEVMODE: '1' },
]

const found = interpreters()

for (const python of found) {
  test(`text is encoded as the program does it: ${python}`, (t) => {
    const folder = makeFolder(t, { 'Bücher für Käthe/Bücher für Käthe.txt': 'größer' })
    const umlauts = path.join(folder, 'Bücher für Käthe')
    for (const settings of SETTINGS) {
      const env = environment({ ...settings, UMLAUTS: umlauts }, python)
      const program = path.join(docroot, 'tells_its_text.py')
      const expected = execFileSync(python, [program], { encoding: 'latin1', env, stdio: ['pipe', 'pipe', 'ignore'] })
      const outcome = askOnce({ docroot, appTarget: 'tells_its_text:app' }, env)
      assert.equal(outcome, expected, JSON.stringify(settings))
    }
  })
}

const APP = `
import sys

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    print(ascii([sys.path[0], sys.prefix, sys.executable]))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
`

const root = path.join(__dirname, '..')
const NO_UTF8 = { LC_ALL: 'C', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' }

for (const settings of [{}, { LANG: 'C' }, { LANG: 'xx_XX.UTF-8' }, NO_UTF8]) {
  const name = JSON.stringify(settings)
  test(`a docroot and a virtual environment may have an umlaut, with ${name}`, { skip: found.length === 0 }, (t) => {
    const folder = fs.realpathSync(temporaryFolder(t))
    const [home, venv] = [path.join(folder, 'Größe'), path.join(folder, 'Bücher')]
    fs.mkdirSync(home)
    fs.writeFileSync(path.join(home, 'main.py'), APP)
    execFileSync(found.at(-1), ['-m', 'venv', '--without-pip', venv])
    const env = environment(settings, venv)
    const program = path.join(venv, 'bin', 'python3')
    const code = 'import sys; print(ascii([sys.argv[1], sys.prefix, sys.executable]))'
    const expected = execFileSync(program, ['-c', code, home], { encoding: 'latin1', env })
    for (const target of ['main:app', 'main.py:app', `${path.join(home, 'main.py')}:app`]) {
      assert.equal(askOnce({ docroot: home, appTarget: target }, env), expected, target)
    }
    const show =
      'const { PythonHandler } = require("."); console.log(new PythonHandler({ docroot: process.argv[1] }).runtime)'
    const runtime = execFileSync(process.execPath, ['-e', show, home], { cwd: root, encoding: 'utf8', env })
    for (const each of [program, venv]) assert.ok(runtime.includes(`'${each}'`), runtime)
  })
}
