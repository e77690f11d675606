'use strict'

const { fork, spawn } = require('node:child_process')
const path = require('node:path')
const { interpreter } = require('../../js/setup/virtual-environment')

const APPS = path.join(__dirname, '..', '..', 'Fixtures', 'apps')
const START_MS = 20_000

/**
 * A server in a process of its own.
 *
 * @typedef {object} Server
 * @property {number} pid
 * @property {string} url of the hello page
 * @property {() => void} stop
 */

/**
 * Starts uvicorn in its fastest form: uvloop, httptools, no access log.
 *
 * @param {string} [app]
 * @param {string[]} [more] arguments
 * @returns {Promise<Server>}
 */
async function startUvicorn(app = 'hello:app', more = []) {
  const child = spawn(
    interpreter,
    ['-m', 'uvicorn', app, '--app-dir', APPS, '--host', '127.0.0.1', '--port', '0'].concat(
      ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--lifespan', 'off', ...more],
    ),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const port = await new Promise((resolve, reject) => {
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text
      const match = /running on http:\/\/[^\s:]+:(\d+)/.exec(log)
      if (match) resolve(Number(match[1]))
    })
    failUnlessStarted(child, 'uvicorn', () => log, reject)
  })
  return server(child, port)
}

/**
 * Starts one of Node's servers in servers.js.
 *
 * @param {'listener' | 'static' | 'static-immediate' | 'proxy' | 'upgrade' | 'ws'} kind
 * @param {string} [upstream] what the proxy asks
 * @returns {Promise<Server>}
 */
async function startNode(kind, upstream = '') {
  const child = fork(path.join(__dirname, 'servers.js'), [kind, upstream], { env: benchEnvironment() })
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.port))
    failUnlessStarted(child, kind, () => '', reject)
  })
  return server(child, port)
}

/**
 * Starts a client process: it makes the calls that it is told to make, and counts them.
 *
 * @param {'in-process' | 'client' | 'in-process-socket' | 'socket-client'} script
 * @returns {Promise<{ pid: number, call: (task: object) => Promise<{ requests: number, seconds: number }>, stop: () => void }>}
 */
async function startClient(script) {
  const child = fork(path.join(__dirname, `${script}.js`), [], { env: benchEnvironment() })
  const answer = () =>
    new Promise((resolve, reject) => {
      const settle = (action, value) => {
        child.off('message', onMessage)
        child.off('exit', onExit)
        action(value)
      }
      const onMessage = (message) =>
        message.error ? settle(reject, new Error(`${script}: ${message.error}`)) : settle(resolve, message)
      const onExit = (code, signal) => settle(reject, new Error(`${script} ended (${signal ?? code})`))
      child.on('message', onMessage)
      child.on('exit', onExit)
    })
  await answer()
  return {
    pid: child.pid,
    call(task) {
      const result = answer()
      child.send(task)
      return result
    },
    stop: () => stop(child),
  }
}

/** The environment of the processes to be compared: the same Python for all. */
function benchEnvironment() {
  return { ...process.env, PYTHON_NODE_PYTHON: interpreter }
}

function server(child, port) {
  return { pid: child.pid, url: `http://127.0.0.1:${port}/hello`, stop: () => stop(child) }
}

function failUnlessStarted(child, name, log, reject) {
  const timer = setTimeout(() => reject(new Error(`${name} did not start in ${START_MS} ms. ${log()}`)), START_MS)
  timer.unref()
  child.once('exit', (code, signal) => reject(new Error(`${name} ended (${signal ?? code}). ${log()}`)))
}

function stop(child) {
  // A fork would otherwise be kept by its channel, and the parent by it.
  child.removeAllListeners('exit')
  child.kill('SIGKILL')
}

module.exports = { APPS, startClient, startNode, startUvicorn }
