'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const { until } = require('../support')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')
const apps = path.join(__dirname, '..', '..', 'Fixtures', 'serve')

/** Variables that this process may have for its own sake; one of the others runs the tests in another way. */
const OTHERS = /^(PYTHON_NODE_(?!THREAD$|PYTHON$|HTTP$|DEEPBIND$)|WEB_CONCURRENCY$|FORWARDED_ALLOW_IPS$|NO_COLOR$)/

/** Milliseconds that a test waits for output of the command. */
const LONGEST_WAIT = 120_000

/**
 * Runs the command and collects its output. It is killed after the test if it still runs.
 *
 * @param {object} t the test.
 * @param {string[]} args
 * @param {{ env?: object, cwd?: string }} [options]
 * @returns {{ child: object, output: { stdout: string, stderr: string }, ended: Promise<object>,
 *   says: (pattern: RegExp) => Promise<RegExpExecArray> }} `ended` resolves with `{ code, signal, stdout, stderr }`.
 */
function run(t, args, { env = {}, cwd } = {}) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OTHERS.test(name)))
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...own, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const says = (pattern) => {
    let look, timer
    const match = new Promise((resolve, reject) => {
      const fail = (what) => {
        reject(new Error(`it ${what} before it said ${pattern}:\n${output.stdout}${output.stderr}`))
      }
      look = () => {
        const found = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
        if (found !== null) resolve(found)
      }
      look()
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      ended.then(({ code, signal }) => fail(`ended (${signal ?? code})`))
      timer = setTimeout(fail, LONGEST_WAIT, `ran for ${LONGEST_WAIT / 1000} s`)
    })
    return match.finally(() => {
      clearTimeout(timer)
      child.stdout.off('data', look)
      child.stderr.off('data', look)
    })
  }
  return { child, output, ended, says }
}

/**
 * Serves one of Fixtures/serve on a free port, and waits until it does.
 *
 * @param {object} t the test.
 * @param {string} target
 * @param {string[]} [args] more options.
 * @param {{ env?: object, cwd?: string }} [options]
 * @returns {Promise<object>} as `run`, and `url` and `port`.
 */
async function serve(t, target, args = [], options = {}) {
  const running = run(t, ['serve', target, '--app-dir', apps, '--port', '0', ...args], options)
  const [, url] = await running.says(/"?Listening on ([^\s"]+)/)
  return { ...running, url, port: url.startsWith('http') ? Number(new URL(url).port) : undefined }
}

/** Runs the command until it ends by itself. */
function runToEnd(t, args, options) {
  return run(t, args, options).ended
}

/** A request that the test ends itself; `response` resolves when its head is there. */
function begin(port, { path: target = '/', method = 'POST', ...options } = {}) {
  const request = http.request({ host: '127.0.0.1', port, path: target, method, ...options })
  const response = once(request, 'response').then(([response]) => response)
  response.catch(() => {})
  request.flushHeaders()
  return { request, response }
}

/** Sends the signal that ends a server in good order, and waits until it takes no more connections. */
async function close({ child, port, says }, signal = 'SIGTERM') {
  child.kill(signal)
  await says(/Closing/)
  await until(async () => !await isListening(port), 'the port is closed')
}

function isListening(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      // One that was about to be taken is reset.
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') resolve(error.code === 'ECONNRESET')
      else reject(error)
    })
  })
}

/** The sockets that a process has open; always 0 where the system does not say. */
function socketsOf(pid) {
  const folder = `/proc/${pid}/fd`
  if (!fs.existsSync(folder)) return 0
  return fs.readdirSync(folder).filter((name) => {
    try {
      return fs.readlinkSync(`${folder}/${name}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** Reads a body to its end as text. */
async function textOf(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

module.exports = { apps, begin, close, run, runToEnd, serve, socketsOf, textOf }
