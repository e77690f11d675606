'use strict'

const path = require('node:path')
const { APPS } = require('../apps')
const { mainThread, pythonThread } = require('../cpu')

const LARGE = 8 << 20
const MODELS = path.join(APPS, '..', 'models')

/** The arguments of each model, in words. */
const KINDS = {
  classify: 'a scikit-learn model, 3 rows of 4',
  run: 'an onnxruntime session, 256 floats in and out',
  write: 'a stream of 100 tokens',
}

/** Starts what calls Python functions, and the same behind a server, and lists the rows: see rows.js. */
async function start(rivals) {
  const own = await rivals.client('functions', ['own'])
  const node = await rivals.client('functions', ['node'])
  const both = (client) => ({ node: mainThread(client.pid), python: pythonThread(client.pid) })
  const one = (client) => ({ node: mainThread(client.pid) })
  const rows = [
    call('hello', 'hello through `handleRequest`, to compare with', own, both(own), 'hello'),
    call('add', '`add(1, 2)`, inline', own, both(own), 'hello'),
    call('add-node', "`add(1, 2)`, inline, `thread: 'node'`", node, one(node), 'hello', { what: 'add' }),
    call('addInThread', '`add(1, 2)` in a thread of the executor', own, both(own), 'hello'),
    large('echo', '8 MiB of a `Float32Array` out and back', own, both(own)),
    large('echo-node', "8 MiB of a `Float32Array` out and back, `thread: 'node'`", node, one(node)),
  ]
  if (!['numpy', 'sklearn', 'onnxruntime', 'fastapi'].every((module) => rivals.has(module))) return rows
  const service = await rivals.uvicorn('service:app', ['--app-dir', MODELS])
  const client = await rivals.client('functions', ['own'])
  for (const [what, name] of Object.entries(KINDS)) {
    const key = `${what}ByFetch`
    const over = { node: mainThread(client.pid), python: mainThread(service.pid) }
    rows.push(call(what, `${name}, a function`, own, both(own), key, {}, 8))
    rows.push(call(key, `${name}, \`fetch\` → FastAPI`, client, over, key, { url: service.url }, 8))
  }
  return rows
}

/** Calls that are in flight at once. */
function call(key, name, client, threads, base, task = {}, inFlight = 64) {
  return {
    id: `functions/${key}`,
    base: `functions/${base}`,
    name,
    inFlight,
    unit: 'calls/s',
    threads,
    load: (seconds) => client.call({ what: key, ...task, inFlight, milliseconds: seconds * 1000 }),
  }
}

/** One call after the other. */
function large(key, name, client, threads) {
  return {
    id: `functions/${key}`,
    name,
    unit: 'GiB/s',
    threads,
    load: (seconds) => client.call({ what: 'echo', bytes: LARGE, milliseconds: seconds * 1000 }),
  }
}

module.exports = { title: 'Plain Python functions; of 8 MiB that go out and come back, 8 MiB are counted', start }
