'use strict'

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { interpreter } = require('../../../js/setup/virtual-environment')
const { APPS } = require('../apps')
const { median } = require('../statistics')

const execute = promisify(execFile)
const script = path.join(__dirname, '..', 'clients', 'start-up.js')

/** Lists the rows of how long it takes until a handler is ready: see rows.js. Each starts a process many times. */
async function start() {
  return [
    row('own', '`require` until a handler for hello is ready', () => ready('own')),
    row('node', "the same, `thread: 'node'`", () => ready('node')),
    row('python', '`python3 -c "import asyncio; import hello"`', () => {
      const options = { env: { ...process.env, PYTHONPATH: APPS } }
      return timed(() => execute(interpreter, ['-c', 'import asyncio; import hello'], options))
    }),
    row('bare-node', '`node -e 0`', () => timed(() => execute(process.execPath, ['-e', '0']))),
  ]
}

function row(key, name, once) {
  return {
    id: `startup/${key}`,
    base: 'startup/python',
    name,
    unit: 'ms',
    threads: {},
    async load(seconds) {
      const times = []
      const end = performance.now() + seconds * 1000
      do times.push(await once())
      while (performance.now() < end)
      return { value: median(times) }
    },
  }
}

/** Milliseconds as the process itself has counted them. */
async function ready(thread) {
  const env = { ...process.env, PYTHON_NODE_PYTHON: interpreter }
  const { stdout } = await execute(process.execPath, [script, thread, APPS], { env })
  return Number(stdout)
}

/** Milliseconds from the start of a process to its end. */
async function timed(action) {
  const start = performance.now()
  await action()
  return performance.now() - start
}

module.exports = { title: 'Start-up', start }
