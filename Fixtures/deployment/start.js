'use strict'

// Redis, two instances of the chat and HAProxy on this machine: `node start.js`, then http://127.0.0.1:8080. Ctrl-C, or the
// end of one of them, ends all. The ports are PORT, PORT_1, PORT_2 and REDIS_PORT.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const { PORT = '8080', PORT_1 = '8001', PORT_2 = '8002', REDIS_PORT = '6379' } = process.env
const CLI = path.join(__dirname, '..', '..', 'js', 'cli.js')
// Where Debian has servers is not on everybody's PATH.
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(path.delimiter)

const running = new Map()
let isEnding = false

/** Starts a program; in a group of its own, so that Ctrl-C comes to this one alone. */
function start(name, command, args, variables = {}) {
  const env = { ...process.env, PATH, ...variables }
  const child = spawn(command, args, { cwd: __dirname, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  running.set(name, child)
  child.once('error', (error) => end(`${name} cannot be started: ${error.message}`))
  child.once('exit', () => {
    running.delete(name)
    end(`${name} has ended`)
  })
}

function startInstance(name, port) {
  const options = {
    '--port': port,
    '--health-path': '/health',
    // Longer than HAProxy needs to notice: two checks, every half second.
    '--drain-delay': '2',
    '--timeout-graceful-shutdown': '30',
    '--timeout-keep-alive': '75',
  }
  const variables = { INSTANCE: name, REDIS_URL: `redis://127.0.0.1:${REDIS_PORT}` }
  start(name, process.execPath, [CLI, 'serve', 'main:app', ...Object.entries(options).flat()], variables)
}

/** Ends all: what others need, last. */
async function end(problem) {
  if (isEnding) return
  isEnding = true
  if (problem !== undefined) {
    console.error(problem)
    process.exitCode = 1
  }
  for (const names of [['one', 'two'], ['haproxy'], ['redis']]) {
    const children = names.map((name) => running.get(name)).filter((child) => child?.pid !== undefined)
    await Promise.all(children.map((child) => {
      child.kill('SIGTERM')
      return once(child, 'exit')
    }))
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end())

start('redis', 'redis-server', ['--port', REDIS_PORT, '--bind', '127.0.0.1', '--save', '', '--loglevel', 'warning'])
startInstance('one', PORT_1)
startInstance('two', PORT_2)
start('haproxy', 'haproxy', ['-db', '-f', 'haproxy.cfg'], {
  BIND: `127.0.0.1:${PORT}`,
  INSTANCE_1: `127.0.0.1:${PORT_1}`,
  INSTANCE_2: `127.0.0.1:${PORT_2}`,
})
