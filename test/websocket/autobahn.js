'use strict'

// npm run autobahn [-- --native] [CASES]: Autobahn|Testsuite's fuzzing client against an ASGI echo behind `upgrade`; with
// --native its connections come to a server of the handler, which hands them over.

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { once } = require('node:events')
const { PythonHandler } = require('../..')
const { run, which } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { SetupError } = require('../../js/setup/setup-error')
const { docroot } = require('../support')

const PACKAGE = 'autobahntestsuite'
const FOLDER = path.join(paths.root, '.build', 'autobahn')
const WSTEST = path.join(FOLDER, 'env', 'bin', 'wstest')

/** What is run without an argument: all of the protocol, and of compression's 252 cases each kind with small numbers. */
const PLAIN = ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '9.*', '10.*']
const COMPRESSED = Array.from({ length: 7 }, (_, kind) => [1, 2, 3, 4].map((size) => `13.${kind + 1}.${size}`)).flat()
  .concat(Array.from({ length: 5 }, (_, kind) => [1, 2, 3, 4].map((size) => `12.${kind + 1}.${size}`)).flat())

/** `INFORMATIONAL` says that both ways are right; `NON-STRICT` that an error was noticed later than it could be. */
const GOOD = new Set(['OK', 'INFORMATIONAL', 'NON-STRICT', 'UNIMPLEMENTED'])

command(async (console) => {
  await provide(console)
  const isNative = process.argv.includes('--native')
  const given = process.argv.slice(2).filter((argument) => argument !== '--native')
  const cases = given.length > 0 ? given : [...PLAIN, ...COMPRESSED]
  const options = { docroot, perMessageDeflate: true, wsPingInterval: 0 }
  const handler = new PythonHandler('ws_echo:app', options)
  handler.on('error', () => undefined)
  const server = isNative ? handler.createServer() : http.createServer(handler.listener).on('upgrade', handler.upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const results = await fuzz(console, server.address().port, cases)
    report(console, results)
  } finally {
    server.close()
    server.closeAllConnections()
    await handler.close({ timeout: 0 })
  }
})

/** Makes the environment that the suite needs: it was written for Python 2.7. */
async function provide(console) {
  if (fs.existsSync(WSTEST)) return
  const python = await findPython()
  if (python === undefined) {
    throw new SetupError('Autobahn|Testsuite needs Python 2.7, and there is none on PATH or in pyenv.', [
      'Install python2.7, or run: pyenv install 2.7.18',
    ])
  }
  const step = console.step(`Installing ${PACKAGE}`)
  const tool = path.join(FOLDER, 'tool')
  const env = { ...process.env, PYTHONPATH: tool }
  const calls = [
    [python, ['-m', 'pip', 'install', '--quiet', '--target', tool, 'virtualenv<20.22'], process.env],
    [python, ['-m', 'virtualenv', '--quiet', path.join(FOLDER, 'env')], env],
    [path.join(FOLDER, 'env', 'bin', 'pip'), ['install', '--quiet', PACKAGE], process.env],
  ]
  for (const [file, args, environment] of calls) {
    const { code, lines } = await run(file, args, { env: environment })
    if (code !== 0) {
      step.failed()
      throw new SetupError(`${PACKAGE} cannot be installed under Python 2.7.`, lines.slice(-5))
    }
  }
  step.done()
}

/** pyenv has a python2.7 on PATH that runs only where that version is chosen: each is tried. */
async function findPython() {
  for (const python of [...['python2.7', 'python2'].filter((name) => which(name) !== undefined), fromPyenv()]) {
    if (python === undefined) continue
    const { code } = await run(python, ['-c', 'import sys; assert sys.version_info[:2] == (2, 7)'])
    if (code === 0) return python
  }
  return undefined
}

function fromPyenv() {
  const root = process.env.PYENV_ROOT ?? path.join(process.env.HOME ?? '', '.pyenv')
  const versions = path.join(root, 'versions')
  if (!fs.existsSync(versions)) return undefined
  const version = fs.readdirSync(versions).find((name) => name.startsWith('2.7.'))
  return version === undefined ? undefined : path.join(versions, version, 'bin', 'python2.7')
}

/** Runs the cases and reads the report: each case with its outcome. */
async function fuzz(console, port, cases) {
  const folder = fs.mkdtempSync(path.join(FOLDER, 'run-'))
  try {
    const specification = {
      outdir: folder,
      servers: [{ agent: 'python-node', url: `ws://127.0.0.1:${port}/` }],
      cases,
      'exclude-cases': [],
      'exclude-agent-cases': {},
    }
    const file = path.join(folder, 'specification.json')
    fs.writeFileSync(file, JSON.stringify(specification))
    const step = console.step('Autobahn|Testsuite')
    const onLine = (line) => {
      const running = /Running test case ID (\S+)/.exec(line)
      if (running !== null) step.progress(running[1])
    }
    const { code, lines } = await run(WSTEST, ['--mode', 'fuzzingclient', '--spec', file], { cwd: folder, onLine })
    const index = path.join(folder, 'index.json')
    if (code !== 0 || !fs.existsSync(index)) {
      step.failed()
      throw new SetupError('wstest failed.', lines.slice(-10))
    }
    step.done()
    return Object.entries(JSON.parse(fs.readFileSync(index, 'utf8'))['python-node'])
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

function report(console, results) {
  const groups = new Map()
  const failed = []
  for (const [id, { behavior, behaviorClose }] of results) {
    const group = id.split('.')[0]
    if (!groups.has(group)) groups.set(group, {})
    const counts = groups.get(group)
    counts[behavior] = (counts[behavior] ?? 0) + 1
    if (!GOOD.has(behavior) || !GOOD.has(behaviorClose)) failed.push(`${id}: ${behavior}, ${behaviorClose}`)
  }
  console.line()
  for (const [group, counts] of [...groups].sort(([a], [b]) => a - b)) {
    const texts = Object.entries(counts).map(([behavior, count]) => `${count} ${behavior}`)
    console.line(`cases ${group.padStart(2)}: ${texts.join(', ')}`)
  }
  console.line(`${results.length} cases, ${failed.length} failed`)
  for (const line of failed) console.line(line)
  process.exitCode = failed.length === 0 ? 0 : 1
}
