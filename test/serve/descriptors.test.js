'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { Descriptors } = require('../../js/serve/descriptors')
const { send } = require('../support')
const { apps } = require('./support')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')

/** Descriptors that a process may have: room for itself, and not for all connections. */
const LIMIT = 80
const CONNECTIONS = 120

const WARNING =
  /^WARNING: {2}The process has no file descriptor left \(EMFILE\): new connections are closed without a response/m

/** Starts the command with few descriptors; its output is gathered in `text`. */
async function start(t, args, env) {
  const line = [
    program,
    'serve',
    'answers_with_scope:app',
    '--app-dir',
    apps,
    '--port',
    '0',
    '--no-access-log',
    ...args,
  ]
  const child = spawn('sh', ['-c', `ulimit -n ${LIMIT}; exec "$@"`, 'sh', process.execPath, ...line], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output.text += text
      child.emit('said')
    })
  }
  t.after(() => child.kill('SIGKILL'))
  const says = async (pattern) => {
    while (!pattern.test(output.text)) {
      assert.equal(child.exitCode, null, output.text)
      await Promise.race([once(child, 'said'), once(child, 'exit')])
    }
    return pattern.exec(output.text)
  }
  const [, port] = await says(/Listening on http:\/\/127\.0\.0\.1:(\d+)/)
  return { child, output, port: Number(port), says }
}

const WAYS = [
  ['in this process', [], {}],
  ["on JavaScript's thread", [], { PYTHON_NODE_THREAD: 'node' }],
  ['with workers', ['--workers', '2'], {}],
  ['with reloading', ['--reload'], {}],
]

for (const [way, args, env] of WAYS) {
  test(`connections without a free descriptor are reported once, and the server goes on, ${way}`, async (t) => {
    const { child, output, port, says } = await start(t, args, env)
    const sockets = Array.from({ length: CONNECTIONS }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
    await says(WARNING)
    for (const socket of sockets) socket.destroy()
    // It may take a moment until it has noticed that they are gone.
    for (;;) {
      const answer = await send({ port, agent: false }).catch((error) => error)
      if (answer.status === 200) break
      assert.match(String(answer.code), /^(ECONNRESET|EPIPE)$/)
    }
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    assert.equal(code, 0)
    // Each process says it for itself.
    assert.ok(output.text.match(new RegExp(WARNING, 'gm')).length <= 3, output.text)
  })
}

test('a connection that cannot be accepted is reported, and the server goes on', () => {
  const said = []
  const log = { warning: (text) => said.push(text), error: (text) => said.push(text) }
  const server = new EventEmitter()
  const descriptors = new Descriptors(server, log)
  const failure = (code) => Object.assign(new Error(`accept ${code}`), { code, syscall: 'accept' })
  server.emit('error', failure('ENFILE'))
  server.emit('error', failure('EMFILE'))
  server.emit('error', failure('ENOBUFS'))
  server.emit('close')
  descriptors.close()
  assert.equal(said.length, 2, 'shortages are told every ten seconds')
  assert.match(said[0], /^The system has no file descriptor left \(ENFILE\)/)
  assert.equal(said[1], 'A connection was not accepted: accept ENOBUFS')
})
