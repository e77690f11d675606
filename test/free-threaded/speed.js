'use strict'

// What several event loops bring, on the Python without a GIL that PYTHON_NODE_PYTHON names: node speed.js [ROUNDS]
//
// Each way runs in a process of its own, and all ways take turns in each round. It prints the medians.

const { execFileSync, spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { interpreter } = require('../../js/setup/virtual-environment')
const { APPS } = require('../bench/apps')
const { residentKibibytes } = require('../bench/resident')
const { median } = require('../bench/statistics')

const root = path.join(__dirname, '..', '..')
const ROUNDS = Number(process.argv[2] ?? 5)
const MILLISECONDS = 2000

/** About 2 ms of plain Python. */
const COMPUTATION = { app: 'computes:app', url: '/30000' }
const ORDER = {
  app: 'json_post:app',
  url: '/orders',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"item":"tea","quantity":3,"unit_price":"4.50","note":null}',
}
const HELLO = { app: 'hello:app', url: '/hello' }

// With bytecode, as programs are usually run: Python counts the references to the constants of code that it compiles when it
// imports it, and several threads slow each other down with that.
const environment = { ...process.env, PYTHON_NODE_LOOPS: '' }
delete environment.PYTHONDONTWRITEBYTECODE

/** Runs a client on a number of loops; returns requests a second. */
function measure(request, loops, python = process.env.PYTHON_NODE_PYTHON) {
  const task = JSON.stringify({ ...request, docroot: APPS, loops, milliseconds: MILLISECONDS })
  const env = { ...environment, PYTHON_NODE_PYTHON: python }
  return Number(
    execFileSync(process.execPath, [path.join(__dirname, 'speed-client.js'), task], { env, encoding: 'utf8' }),
  )
}

/** KiB of memory of the command and its workers after some requests. */
async function memoryOf(args) {
  const command = [path.join(root, 'js', 'cli.js'), 'serve', ORDER.app, '--app-dir', APPS, '--port', '0', ...args]
  const child = spawn(process.execPath, command, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let said = ''
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text
      if (/http:\/\/\S+:\d+/.test(said)) break
    }
    const [origin] = /http:\/\/[^\s:]+:\d+/.exec(said)
    const ask = async () => {
      const { body, headers, method, url } = ORDER
      const response = await fetch(origin + url, { method, headers: { ...headers, connection: 'close' }, body })
      if (response.status !== 200) throw new Error(`a wrong answer: ${response.status}`)
      await response.arrayBuffer()
    }
    for (let count = 0; count < 200; count++) await ask()
    const pids = [child.pid, ...childrenOf(child.pid)]
    return pids.reduce((sum, pid) => sum + residentKibibytes(pid), 0)
  } finally {
    const closed = once(child, 'close')
    child.kill('SIGTERM')
    await closed
  }
}

const childrenOf = (pid) =>
  fs.readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((child) => child !== '')
    .map(Number)

async function main() {
  const ways = {
    'computation, one loop': () => measure(COMPUTATION, 1),
    'computation, 2 loops': () => measure(COMPUTATION, 2),
    'JSON POST to FastAPI, one loop': () => measure(ORDER, 1),
    'JSON POST to FastAPI, 2 loops': () => measure(ORDER, 2),
    'hello, one loop': () => measure(HELLO, 1),
    'hello, Python with a GIL': () => measure(HELLO, 1, interpreter),
  }
  // The first run writes the bytecode.
  for (const request of [COMPUTATION, ORDER, HELLO]) measure(request, 1)
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) results[name].push(way())
  }
  for (const [name, values] of Object.entries(results)) console.log(`${name}: ${Math.round(median(values))} requests/s`)
  const ratio = (a, b) => median(results[a].map((value, round) => value / results[b][round])).toFixed(2)
  console.log(`computation, 2 loops over one: ${ratio('computation, 2 loops', 'computation, one loop')}`)
  console.log(`FastAPI, 2 loops over one: ${ratio('JSON POST to FastAPI, 2 loops', 'JSON POST to FastAPI, one loop')}`)
  console.log(`hello, without a GIL over with: ${ratio('hello, one loop', 'hello, Python with a GIL')}`)
  const [loops, workers] = [await memoryOf(['--loops', '2']), await memoryOf(['--workers', '2'])]
  console.log(`memory of serve: 2 loops ${mebibytes(loops)}, 2 workers ${mebibytes(workers)}`)
}

const mebibytes = (kibibytes) => `${Math.round(kibibytes / 1024)} MiB`

main()
