'use strict'

const { fork, spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { interpreter } = require('../../js/setup/virtual-environment')
const { APPS } = require('./apps')
const { Client } = require('./client')

const CLI = path.join(__dirname, '..', '..', 'js', 'cli.js')

const START_MS = 20_000

/** uvicorn in its fastest form. Connections stay open while other rows are measured. */
const UVICORN = [
  ...[
    '-m',
    'uvicorn',
    '--app-dir',
    APPS,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--loop',
    'uvloop',
    '--http',
    'httptools',
  ],
  ...['--no-access-log', '--no-proxy-headers', '--timeout-keep-alive', '3600'],
]

/**
 * Starts what is compared, each in a process of its own so that no two share a thread, and ends it.
 *
 * A server is `{ pid, url, stop }`, its url without a path; a client is a Client.
 */
class Rivals {
  #running = new Set()
  // Those that start processes of their own, in a group that ends with them.
  #leaders = new Set()
  // The promises of those that are being ended.
  #ends = new Map()
  #onExit = () => this.#kill()

  constructor() {
    // Servers of Python do not notice that this process has gone.
    process.on('exit', this.#onExit)
  }

  /**
   * Starts uvicorn.
   *
   * @param {string} target
   * @param {string[]} [more] arguments
   * @returns {Promise<{ pid: number, url: string, stop: () => Promise<void> }>}
   */
  async uvicorn(target, more = []) {
    const child = this.#add(spawn(interpreter, [...UVICORN, ...more, target], { stdio: ['ignore', 'ignore', 'pipe'] }))
    let log = ''
    const port = await started(child, 'uvicorn', () => log, (resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text) => {
        log += text
        const match = /running on http:\/\/[^\s:]+:(\d+)/.exec(log)
        if (match) resolve(Number(match[1]))
      })
    })
    return this.#server(child, port)
  }

  /**
   * Starts the command of this package.
   *
   * @param {string} target
   * @param {string[]} [options]
   * @returns {Promise<{ pid: number, url: string, stop: () => Promise<void> }>}
   */
  async serve(target, options = []) {
    const args = [
      CLI,
      'serve',
      target,
      '--app-dir',
      APPS,
      '--port',
      '0',
      '--no-access-log',
      '--timeout-keep-alive',
      '3600',
      ...options,
    ]
    const env = { ...process.env, PYTHON_NODE_PYTHON: interpreter }
    const child = this.#add(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
    let log = ''
    const streams = [child.stdout, child.stderr]
    const port = await started(child, 'serve', () => log, (resolve) => {
      for (const stream of streams) {
        stream.setEncoding('utf8').on('data', (text) => {
          log += text
          const match = /Listening on http:\/\/[^\s:]+:(\d+)/.exec(log)
          if (match) resolve(Number(match[1]))
        })
      }
    })
    // After this line it may write an access log.
    for (const stream of streams) stream.removeAllListeners('data').resume()
    return this.#server(child, port)
  }

  /** Whether a module is installed for the Python that all servers use. */
  has(module) {
    return spawnSync(interpreter, ['-c', `import ${module}`]).status === 0
  }

  /**
   * Starts a server on a given port, and waits until it accepts connections.
   *
   * @param {string} name
   * @param {(port: number) => string[]} commandFor
   * @returns {Promise<{ pid: number, url: string, stop: () => Promise<void> }>}
   */
  async command(name, commandFor) {
    const port = await freePort()
    const [file, ...args] = commandFor(port)
    const child = this.#add(spawn(file, args, { stdio: 'ignore', detached: true }))
    this.#leaders.add(child)
    await started(child, name, () => '', async (resolve) => {
      while (child.exitCode === null && !await takesConnections(port)) {
        await new Promise((again) => setTimeout(again, 20))
      }
      resolve()
    })
    return this.#server(child, port)
  }

  /**
   * Starts one of Node's servers in servers.js.
   *
   * @param {'listener' | 'native' | 'static' | 'static-immediate' | 'proxy' | 'upgrade' | 'ws'} kind
   * @param {...string} args
   * @returns {Promise<{ pid: number, url: string, stop: () => Promise<void> }>}
   */
  async node(kind, ...args) {
    const child = this.#fork('servers.js', [kind, ...args])
    const port = await started(child, kind, () => '', (resolve) => {
      child.once('message', (message) => resolve(message.port))
    })
    return this.#server(child, port)
  }

  /**
   * Starts a client in Node, which sends requests on order and counts.
   *
   * @param {string} script one of clients/, without its extension.
   * @param {string[]} [args]
   * @param {string[]} [flags] of Node.
   * @returns {Promise<Client>}
   */
  async client(script, args = [], flags = []) {
    const child = this.#fork(`clients/${script}.js`, args, flags)
    const client = new Client(script, child, (task) => child.send(task), () => this.#end(child))
    child.on('message', (answer) => client.answered(answer))
    await client.answer()
    return client
  }

  /**
   * Starts a client in Python, which reads its tasks from standard input.
   *
   * @param {string} script one of python/, without its extension.
   * @param {string[]} [more] arguments after the folder of the apps.
   * @returns {Promise<Client>}
   */
  async python(script, more = []) {
    const args = [path.join(__dirname, 'python', `${script}.py`), APPS, ...more]
    const child = this.#add(spawn(interpreter, args, { stdio: ['pipe', 'pipe', 'inherit'] }))
    const send = (task) => child.stdin.write(`${JSON.stringify(task)}\n`)
    const client = new Client(script, child, send, () => this.#end(child))
    createInterface(child.stdout).on('line', (line) => client.answered(JSON.parse(line)))
    return client
  }

  /**
   * Makes sure that a server answers as the others do, before it is measured by something that does not look.
   *
   * @param {{ url: string }} server
   * @param {string} target path
   * @param {string | ((body: string) => boolean)} expected the body.
   * @param {object} [options] of fetch.
   */
  async expect(server, target, expected, options) {
    const response = await fetch(new URL(target, server.url), options)
    const text = await response.text()
    const isRight = typeof expected === 'string' ? text === expected : expected(text)
    if (response.status !== 200 || !isRight) {
      throw new Error(`${server.url}${target} answered ${response.status} ${text}; expected ${expected}`)
    }
  }

  /** Stops everything that still runs. */
  async stop() {
    process.off('exit', this.#onExit)
    await Promise.all([...this.#running].map((child) => this.#end(child)))
  }

  #fork(script, args, flags = []) {
    // The same Python for all.
    const env = { ...process.env, PYTHON_NODE_PYTHON: interpreter }
    return this.#add(fork(path.join(__dirname, script), args, { env, execArgv: flags }))
  }

  #add(child) {
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  #server(child, port) {
    return { pid: child.pid, url: `http://127.0.0.1:${port}`, stop: () => this.#end(child) }
  }

  #end(child) {
    if (!this.#running.has(child)) return Promise.resolve()
    if (!this.#ends.has(child)) {
      // This end is not a failure.
      child.removeAllListeners('exit')
      this.#ends.set(
        child,
        new Promise((resolve) => child.once('exit', resolve)).then(() => this.#running.delete(child)),
      )
      this.#killOne(child)
    }
    return this.#ends.get(child)
  }

  #kill() {
    for (const child of this.#running) this.#killOne(child)
  }

  #killOne(child) {
    if (this.#leaders.has(child)) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  }
}

/** A port that nothing listens on. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Resolves with what `wait` hands over; rejects when the process ends before, or takes too long. */
function started(child, name, log, wait) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not start in ${START_MS} ms. ${log()}`)), START_MS)
    const onExit = (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`${name} ended (${signal ?? code}). ${log()}`))
    }
    child.once('exit', onExit)
    wait((value) => {
      clearTimeout(timer)
      child.off('exit', onExit)
      resolve(value)
    })
  })
}

module.exports = { Rivals }
