'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')
const { send, temporaryFolder } = require('../support')
const { apps } = require('./support')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')
const root = path.join(__dirname, '..', '..')
const isLinux = process.platform === 'linux'

/** Every write to it fails as on a full disk. */
const FULL = '/dev/full'

/** Starts a program on a terminal, says its process id, and closes the terminal once the program has said that it listens. */
const LEAVES_ITS_TERMINAL = `
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
os.close(slave)
text = b""
while b"Listening" not in text:
    text += os.read(master, 1000)
os.close(master)
print(child.pid, flush=True)
sys.exit(child.wait())
`

/** Starts a program, which is ended after the test. */
function start(t, command, args, stdio, env) {
  const child = spawn(command, args, { stdio, env: { ...process.env, ...env } })
  t.after(() => child.kill('SIGKILL'))
  return child
}

/** The command line that serves on a Unix socket: where it listens need not be read from the log. */
function commandLine(t, args) {
  const socketPath = path.join(temporaryFolder(t), 'socket')
  return {
    socketPath,
    line: [program, 'serve', 'answers_with_scope:app', '--app-dir', apps, '--uds', socketPath, ...args],
  }
}

/** Waits until a server takes connections; it must not end before. */
async function listening(child, socketPath) {
  for (;;) {
    assert.deepEqual([child.exitCode, child.signalCode], [null, null], 'the server has ended')
    const socket = net.connect(socketPath)
    const isThere = await once(socket, 'connect').then(() => true, () => false)
    socket.destroy()
    if (isThere) return
    await sleep(20)
  }
}

/** Answers, reports an exception of the app, and answers. */
async function checkAnswers(socketPath) {
  for (let i = 0; i < 5; i++) {
    assert.equal((await send({ socketPath, agent: false })).status, 200)
    assert.equal((await send({ socketPath, agent: false, path: '/status/nonsense' })).status, 500)
  }
}

const WAYS = [
  ['in this process', [], {}],
  ["on JavaScript's thread", [], { PYTHON_NODE_THREAD: 'node' }],
  ['with workers', ['--workers', '2'], {}],
  ['with reloading', ['--reload'], {}],
  ['with a log in JSON', ['--log-format', 'json'], {}],
]

for (const [way, args, env] of WAYS) {
  test(`a disk that is full under the log does not keep it from serving, ${way}`, { skip: !isLinux }, async (t) => {
    const { socketPath, line } = commandLine(t, args)
    const full = fs.openSync(FULL, 'w')
    const child = start(t, process.execPath, line, ['ignore', full, full], env)
    fs.closeSync(full)
    await listening(child, socketPath)
    await checkAnswers(socketPath)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  test(`a log whose reader has left does not keep it from serving, ${way}`, async (t) => {
    const { socketPath, line } = commandLine(t, args)
    const child = start(t, process.execPath, line, ['ignore', 'pipe', 'pipe'], env)
    child.stdout.destroy()
    child.stderr.destroy()
    await listening(child, socketPath)
    await checkAnswers(socketPath)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  test(`a terminal that is gone does not keep it from serving, ${way}`, { skip: !isLinux }, async (t) => {
    const { socketPath, line } = commandLine(t, args)
    const command = ['-c', LEAVES_ITS_TERMINAL, process.execPath, ...line]
    const child = start(t, 'python3', command, ['ignore', 'pipe', 'inherit'], env)
    const [pid] = await once(child.stdout, 'data')
    const ended = once(child, 'exit')
    // Not in good order: Node itself aborts where it cannot give a terminal its modes back.
    t.after(() => {
      process.kill(Number(pid), 'SIGKILL')
      return ended
    })
    await listening(child, socketPath)
    await checkAnswers(socketPath)
    assert.equal(child.exitCode, null)
  })
}

test('a failed write to the log does not change how the command ends', { skip: !isLinux }, (t) => {
  const full = fs.openSync(FULL, 'w')
  t.after(() => fs.closeSync(full))
  const codeOf = (...args) => spawnSync(process.execPath, [program, ...args], { stdio: ['ignore', full, full] }).status
  assert.deepEqual([codeOf('--help'), codeOf('--version')], [0, 0])
  assert.deepEqual([codeOf('serve', '--prot', '1'), codeOf('serve', 'nowhere:app', '--app-dir', apps)], [2, 1])
  assert.equal(codeOf('serve', 'fails_to_start:app', '--app-dir', apps, '--port', '0'), 1)
})

test("a report of background work that cannot be written does not end one's own server", { skip: !isLinux }, (t) => {
  const full = fs.openSync(FULL, 'w')
  t.after(() => fs.closeSync(full))
  const code = `
    const { PythonHandler } = require('.')
    const python = new PythonHandler('raises_after_its_response:app', { docroot: process.argv[1] })
    const ask = () => python.handleRequest({ method: 'GET', url: 'http://x/' })
    ask().then(ask).then(ask).then(() => python.close()).then(() => console.log(JSON.stringify(python.stats())))`
  const { status, stdout } = spawnSync(process.execPath, ['-e', code, apps], {
    cwd: root,
    stdio: ['ignore', 'pipe', full],
    encoding: 'utf8',
  })
  assert.equal(status, 0)
  assert.equal(JSON.parse(stdout).requests, 3)
})
