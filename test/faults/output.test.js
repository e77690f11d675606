'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: setTimeoutPromise } = require('node:timers/promises')

/** More than the buffer of a socket, which Node uses for pipes. */
const LINES = 30000

/** ms in which a program must report that it has printed everything, although its output is not read. */
const PRINT_LIMIT = 500

/**
 * Runs an app that prints much to one stream, which is read only after that, or when the app is blocked.
 *
 * @returns {Promise<{ status: number, text: string, other: string }>} `text`: what has come from the stream.
 */
async function print(t, way, name, env) {
  const steps = ['Node writes', `/${way}/${name}`]
  const args = [
    path.join(__dirname, 'alone.js'),
    JSON.stringify({ app: 'prints_much', steps, handler: {}, end: 'natural' }),
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A loop that prints is blocked, and the warning about that would appear in the middle of a line.
    env: { ...process.env, PYTHON_NODE_WATCH: '0', ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const other = name === 'stdout' ? 'stderr' : 'stdout'
  const said = { stdout: '', stderr: '' }
  const read = (stream) => child[stream].setEncoding('utf8').on('data', (text) => (said[stream] += text))
  const isPrinted = new Promise((resolve) => {
    read(other).on('data', () => {
      if (said[other].includes('all is printed')) resolve()
    })
  })
  await Promise.race([isPrinted, setTimeoutPromise(PRINT_LIMIT), ended])
  read(name)
  const [status] = await ended
  return { status, text: said[name], other: said[other] }
}

const WAYS = ['print', 'write', 'at_once', 'thread', 'log', 'traceback', 'system', 'run', 'asyncio_child', 'process']

const BUFFERING = { 'with buffers': { PYTHONUNBUFFERED: '' }, 'without buffers': { PYTHONUNBUFFERED: '1' } }

for (const name of ['stdout', 'stderr']) {
  for (const way of WAYS) {
    for (const [buffering, env] of Object.entries(BUFFERING)) {
      // The output of a child process does not count here.
      if (buffering === 'without buffers' && !['print', 'at_once', 'log'].includes(way)) continue
      test(`nothing is lost that is written to a pipe whose reader is late: ${name}, ${way}, ${buffering}`, async (t) => {
        const { status, text, other } = await print(t, way, name, env)
        const times = way === 'process' ? 2 : 1
        const lines = text.split('\n').filter((line) => /^line \d+$/.test(line))
        assert.deepEqual([status, lines.length], [0, times * LINES], `${other}\n${text.slice(-400)}`)
      })
    }
  }
}
