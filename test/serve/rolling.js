'use strict'

// Counts what is lost while SIGHUP replaces both workers of a server twice: `node test/serve/rolling.js [requests]`, with
// h2load or wrk, or both, installed.

const { execFile, spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { promisify } = require('node:util')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')
const apps = path.join(__dirname, '..', '..', 'Fixtures', 'serve')

const CONNECTIONS = 16
const ROUNDS = 2

/** Seconds that the app takes for a response, so that the load goes on for longer than the replacements. */
const DELAY = 0.005
const SECONDS = 8

const LOADS = {
  h2load: {
    args: (url, requests) => ['--h1', '-t', '1', '-c', String(CONNECTIONS), '-n', String(requests), url],
    count(output) {
      const [, done, failed, errored, timeouts] =
        /requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(output).map(Number)
      return { done, failed: failed + errored + timeouts }
    },
  },
  wrk: {
    args: (url) => ['-t', '1', '-c', String(CONNECTIONS), '-d', `${SECONDS}s`, '--timeout', '10s', url],
    count(output) {
      const done = Number(/(\d+) requests in/.exec(output)[1])
      const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output) ?? []
      const status = /Non-2xx or 3xx responses: (\d+)/.exec(output) ?? []
      const failed = [...socket.slice(1), ...status.slice(1)].reduce((sum, count) => sum + Number(count), 0)
      return { done, failed }
    },
  },
}

/** A server with two workers, and its output. */
class Server {
  #child
  #said = ''

  constructor() {
    const args = [
      'serve',
      'tells_its_process:app',
      '--app-dir',
      apps,
      '--port',
      '0',
      '--workers',
      '2',
      '--no-access-log',
    ]
    this.#child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child.stdout.setEncoding('utf8').on('data', (text) => (this.#said += text))
  }

  /** Waits until the output has that many matches of a pattern; returns the last one. */
  async says(pattern, times = 1) {
    for (;;) {
      const matches = [...this.#said.matchAll(pattern)]
      if (matches.length >= times) return matches[times - 1]
      await once(this.#child.stdout, 'data')
    }
  }

  replaceWorkers() {
    this.#child.kill('SIGHUP')
  }

  async stop() {
    this.#child.kill('SIGTERM')
    const [code] = await once(this.#child, 'exit')
    return code
  }
}

/** Runs one load while the workers are replaced; returns the outcome. */
async function measure(name, requests) {
  const { args, count } = LOADS[name]
  const server = new Server()
  const [, url] = await server.says(/Listening on (\S+)/g)
  let isOver = false
  const load = promisify(execFile)(name, args(`${url}/after/${DELAY}`, requests)).finally(() => (isOver = true))
  for (let round = 1; round <= ROUNDS; round++) {
    server.replaceWorkers()
    await server.says(/All workers are replaced/g, round)
  }
  const isInTime = !isOver
  const { stdout } = await load
  return { ...count(stdout), isInTime, code: await server.stop() }
}

async function main(requests) {
  const names = Object.keys(LOADS).filter((name) => spawnSync(name, ['--version']).error === undefined)
  if (names.length === 0) throw new Error('Neither h2load nor wrk is installed')
  for (const name of names) {
    const { done, failed, isInTime, code } = await measure(name, requests)
    console.log(
      `${name}: ${done} requests answered, ${failed} failed, while both workers were replaced ${ROUNDS} times`,
    )
    if (!isInTime) {
      console.log(`${name}: the load was over before the last worker was replaced; more requests are needed`)
    }
    if (failed > 0 || !isInTime || code !== 0) process.exitCode = 1
  }
}

main(Number(process.argv[2] ?? 20_000))
