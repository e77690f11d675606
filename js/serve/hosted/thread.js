'use strict'

const { parentPort, workerData: settings } = require('node:worker_threads')
const { AppServer } = require('../app-server')
const { ServeFailure } = require('../failure')
const { Log } = require('../log')

// The worker thread of a HostedServer. It posts `{ urls, address, runtime }` when it serves, `{ type: 'limit', count
// }`, and `{ failure }`. It stops when it receives `{ timeout, delay }`.

const log = new Log(settings)
log.takeWarnings()
const server = new AppServer(settings, log)

async function run() {
  await server.start()
  server.on('limit', (count) => parentPort.postMessage({ type: 'limit', count }))
  const asked = new Promise((resolve) => parentPort.once('message', resolve))
  parentPort.postMessage({ urls: server.urls, address: server.address, runtime: server.runtime })
  await server.stop(await asked)
}

run().then(() => 0, (error) => {
  if (!(error instanceof ServeFailure)) throw error
  parentPort.postMessage({ failure: error.plain() })
  return error.exitCode
}).then(async (code) => {
  await log.end()
  process.exit(code)
})
