'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { which } = require('../../js/setup/child-processes')
const { makeFolder, send } = require('../support')
const { apps, begin } = require('./support')

const root = path.join(__dirname, '..', '..')
const program = path.join(root, 'js', 'cli.js')

/** Starts the command as npm does, below a shell that passes no signals on. */
const SHELL = '"$@" & wait'

/** The variables of npm, of which a test that npm has started has some itself. */
function environment(variables) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))
  return { ...Object.fromEntries(own), ...variables }
}

/** Starts a server and collects its output until all its processes have closed it. */
async function start(t, command, args, options) {
  const starter = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
  const output = { text: '' }
  starter.stdout.setEncoding('utf8').on('data', (text) => (output.text += text))
  while (!/Listening on/.test(output.text)) {
    await Promise.race([
      once(starter.stdout, 'data'),
      once(starter, 'exit').then(() => assert.fail(`it ended before it listened:\n${output.text}`)),
    ])
  }
  const pid = Number(/process (\d+)$/m.exec(output.text)[1])
  const closed = once(starter.stdout, 'close')
  t.after(() => {
    starter.kill('SIGKILL')
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    return closed
  })
  return { starter, pid, closed, output, port: Number(/:(\d+) \(/.exec(output.text)[1]) }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

const WAYS = [
  ['in this process', [], {}],
  ["on JavaScript's thread", [], { PYTHON_NODE_THREAD: 'node' }],
  ['with workers', ['--workers', '2'], {}],
  ['with reloading', ['--reload'], {}],
]

for (const [way, args, variables] of WAYS) {
  test(`a server whose npm is gone ends in good order, ${way}`, async (t) => {
    const line = [process.execPath, program, 'serve', 'notes_its_life:app', '--app-dir', apps, '--port', '0', ...args]
    const env = environment({ npm_command: 'exec', ...variables })
    const { starter, port, closed, output } = await start(t, 'sh', ['-c', SHELL, 'sh', ...line], { env })
    const { request, response } = begin(port)
    const answer = response.then(() => true, () => false)
    while (!/^request$/m.test(output.text)) await once(starter.stdout, 'data')
    starter.kill('SIGKILL')
    while (!/Closing/.test(output.text)) await once(starter.stdout, 'data')
    request.end('the rest')
    assert.equal(await answer, true)
    await closed
    assert.match(output.text, /Closing: npm, which started it, has ended/)
    assert.match(output.text, /^lifespan\.shutdown$/m)
    assert.match(output.text, /Closed/)
  })
}

test('a signal and the end of npm are one reason to end, not two', async (t) => {
  const line = [process.execPath, program, 'serve', 'notes_its_life:app', '--app-dir', apps, '--port', '0']
  const env = environment({ npm_lifecycle_event: 'start' })
  const { starter, pid, port, closed, output } = await start(t, 'sh', ['-c', SHELL, 'sh', ...line], { env })
  const { request, response } = begin(port, { path: '/background' })
  while (!/^request$/m.test(output.text)) await once(starter.stdout, 'data')
  process.kill(pid, 'SIGTERM')
  starter.kill('SIGKILL')
  while (!/Closing/.test(output.text)) await once(starter.stdout, 'data')
  // Longer than it takes to notice: the request must be answered all the same.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  request.end('the rest')
  assert.equal((await response).statusCode, 200)
  await closed
  assert.equal(output.text.match(/Closing/g).length, 1)
  assert.match(output.text, /Closed/)
})

test('a server that npm did not start outlives the process that started it', async (t) => {
  const line = [process.execPath, program, 'serve', 'notes_its_life:app', '--app-dir', apps, '--port', '0']
  const { starter, pid, port } = await start(t, 'sh', ['-c', SHELL, 'sh', ...line], { env: environment({}) })
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.ok(isAlive(pid))
  assert.equal((await send({ port, method: 'POST', body: 'x' })).status, 200)
})

test('npx that gets a signal leaves no server', { skip: which('npx') === undefined }, async (t) => {
  const folder = makeFolder(t, { 'package.json': '{ "name": "shop", "version": "1.0.0" }' })
  fs.copyFileSync(path.join(apps, 'notes_its_life.py'), path.join(folder, 'main.py'))
  fs.mkdirSync(path.join(folder, 'node_modules', '.bin'), { recursive: true })
  fs.symlinkSync(program, path.join(folder, 'node_modules', '.bin', 'python-node'))
  const { starter, closed, output } = await start(t, 'npx', ['python-node', 'serve', '--port', '0'], {
    cwd: folder,
    env: environment({ npm_config_update_notifier: 'false' }),
  })
  starter.kill('SIGTERM')
  await closed
  assert.match(output.text, /^lifespan\.shutdown$/m)
  assert.match(output.text, /Closed/)
})
