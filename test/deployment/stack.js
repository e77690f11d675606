'use strict'

const { randomInt } = require('node:crypto')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { setTimeout: delay } = require('node:timers/promises')
const { missing: missingModules } = require('../frameworks/servers')
const { makeFolder, send } = require('../support')
const { Program, find } = require('./program')

const root = path.join(__dirname, '..', '..')
const folder = path.join(root, 'Fixtures', 'deployment')
const cli = path.join(root, 'js', 'cli.js')

/** Seconds for which an instance goes on serving while its health path says 503. */
const DRAIN_DELAY = 1.5
const HEALTH = '/health'
/** Below those that the system gives to connections: an instance that is started again must find its port free. */
const PORTS = [10_000, 32_000]
/** Another program may take a port that was free a moment ago. */
const ATTEMPTS = 5
/** Milliseconds between two checks of a program that does not announce that it is ready. */
const LOOK_AGAIN = 20

/**
 * Names the missing programs and packages of a test.
 *
 * @param {string[]} programs
 * @returns {string | false} for the option `skip` of a test.
 */
function lacks(programs) {
  const absent = programs.filter((name) => find(name) === undefined)
  if (absent.length > 0) return `there is no ${absent.join(' and no ')}`
  const modules = missingModules(['starlette', 'channels_redis'])
  return modules === '' ? false : `.venv lacks ${modules}`
}

/**
 * Starts a program that needs its port as an argument.
 *
 * @template T
 * @param {(port: number) => Promise<T>} start rejects when the program ends.
 * @returns {Promise<T>}
 */
async function onFreePort(start) {
  for (let attempt = 1;; attempt++) {
    const [port] = await freePorts(1)
    try {
      return await start(port)
    } catch (error) {
      const isTaken = /in use|cannot bind/i.test(error.message)
      if (!isTaken || attempt === ATTEMPTS) throw error
    }
  }
}

/**
 * Finds free ports of 127.0.0.1.
 *
 * @param {number} count
 * @returns {Promise<number[]>}
 */
async function freePorts(count) {
  const ports = new Set()
  while (ports.size < count) {
    const server = net.createServer()
    try {
      const port = randomInt(...PORTS)
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
      ports.add(port)
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
  return [...ports]
}

/** Starts a Redis that keeps nothing on disk; gives its URL. */
function startRedis(t) {
  return onFreePort(async (port) => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/']
    await new Program(t, find('redis-server'), args).line(/Ready to accept connections/)
    return `redis://127.0.0.1:${port}`
  })
}

/** One `python-node serve`, which may be replaced by another at the same address. */
class Instance {
  #t
  #redis

  /**
   * @param {object} t the test.
   * @param {string} name what the application calls this instance.
   * @param {string} redis
   */
  constructor(t, name, redis) {
    this.#t = t
    this.name = name
    this.#redis = redis
    this.port = 0
  }

  /** Starts a process, at the port of the one before; resolves when it serves. */
  async start() {
    if (this.port === 0) await onFreePort((port) => this.#startAt(port))
    else await this.#startAt(this.port)
  }

  async #startAt(port) {
    const options = {
      '--host': '127.0.0.1',
      '--port': String(port),
      '--health-path': HEALTH,
      '--drain-delay': String(DRAIN_DELAY),
      '--timeout-graceful-shutdown': '20',
      '--timeout-keep-alive': '75',
    }
    const args = [cli, 'serve', 'under_load:app', ...Object.entries(options).flat()]
    const env = { REDIS_URL: this.#redis, INSTANCE: this.name }
    this.program = new Program(this.#t, process.execPath, args, { cwd: folder, env })
    await this.program.line(new RegExp(`http://127\\.0\\.0\\.1:${port}`))
    this.port = port
    const { status } = await this.ask(HEALTH)
    if (status !== 200) throw new Error(`${this.name} says ${status} of its health`)
  }

  /** Resolves when it says that it does not want more; rejects when it does not answer any more. */
  async isUnwell() {
    while ((await this.ask(HEALTH)).status === 200) await delay(LOOK_AGAIN)
  }

  /** Resolves when it takes no connections any more. */
  async isUnreachable() {
    for (;;) {
      try {
        await this.ask(HEALTH)
      } catch (error) {
        // Reset: it was connected, and not accepted, when the port was closed.
        if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return
        throw error
      }
      await delay(LOOK_AGAIN)
    }
  }

  /** Asks this instance past the proxy, over a connection of its own. */
  ask(target, options) {
    return send({ port: this.port, path: target, agent: false, ...options })
  }

  /** What it answers, read as JSON. */
  async json(target) {
    return JSON.parse((await this.ask(target)).body)
  }
}

/** Starts two instances that share a Redis. */
async function startInstances(t) {
  const redis = await startRedis(t)
  const instances = ['one', 'two'].map((name) => new Instance(t, name, redis))
  await Promise.all(instances.map((instance) => instance.start()))
  return { instances, redis }
}

/**
 * Starts HAProxy before instances, with the configuration of the fixtures, checking their health more often.
 *
 * @param {object} t the test.
 * @param {Instance[]} instances
 * @returns {Promise<{ port: number, program: Program }>}
 */
function startHAProxy(t, instances) {
  const text = read('haproxy.cfg', { 'inter 500ms': 'inter 100ms' })
  const file = path.join(makeFolder(t, { 'haproxy.cfg': text }), 'haproxy.cfg')
  return onFreePort(async (port) => {
    const env = { BIND: `127.0.0.1:${port}` }
    for (const [index, instance] of instances.entries()) env[`INSTANCE_${index + 1}`] = `127.0.0.1:${instance.port}`
    const program = new Program(t, find('haproxy'), ['-db', '-f', file], { env })
    await answers(port, program)
    return { port, program }
  })
}

/**
 * Starts nginx before instances, with the configuration of the fixtures.
 *
 * @param {object} t the test.
 * @param {Instance[]} instances
 * @returns {Promise<{ port: number, program: Program, file: string }>} `file`: its configuration.
 */
function startNginx(t, instances) {
  return onFreePort(async (port) => {
    const [one, two] = instances
    // Temporary files of nginx must not be in the folders of the system's nginx.
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
    const text = read('nginx.conf', {
      '127.0.0.1:8001': `127.0.0.1:${one.port}`,
      '127.0.0.1:8002': `127.0.0.1:${two.port}`,
      'listen 8080': `listen 127.0.0.1:${port}`,
      'worker_processes auto': 'worker_processes 1',
      'http {': ['http {', 'access_log off;', ...paths].join('\n'),
    })
    const prefix = makeFolder(t, { 'nginx.conf': text })
    const directives = 'daemon off; error_log stderr notice; pid nginx.pid;'
    const args = ['-p', prefix, '-c', 'nginx.conf', '-e', 'stderr', '-g', directives]
    // It has workers, which it ends.
    const program = new Program(t, find('nginx'), args, { end: 'SIGTERM' })
    await answers(port, program)
    return { port, program, file: path.join(prefix, 'nginx.conf') }
  })
}

/** A file of the fixtures with other values in it, each of which must be there. */
function read(name, values) {
  let text = fs.readFileSync(path.join(folder, name), 'utf8')
  for (const [value, other] of Object.entries(values)) {
    if (!text.includes(value)) throw new Error(`${name} does not contain ${value}`)
    text = text.replaceAll(value, other)
  }
  return text
}

/**
 * Waits until a request through a proxy is answered by an instance: proxies do not say when they are ready.
 *
 * @param {number} port
 * @param {Program} program rejects when this ends.
 * @param {string} [target]
 */
async function answers(port, program, target = '/seen') {
  while (!program.hasEnded) {
    try {
      const { status } = await send({ port, path: target, agent: false })
      if (status === 200) return
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ECONNRESET') throw error
    }
    await delay(LOOK_AGAIN)
  }
  throw new Error(`${program.name} has ended:\n${program.lines.join('\n')}`)
}

module.exports = {
  Program,
  answers,
  find,
  folder,
  freePorts,
  lacks,
  startHAProxy,
  startInstances,
  startNginx,
}
