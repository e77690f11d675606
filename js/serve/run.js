'use strict'

const { once } = require('node:events')
const { announcementOf } = require('./end-signals')
const { failureOf } = require('./failure')
const { httpWay } = require('./http-way')
const { Interrupts } = require('./interrupts')

/** The part of the time limit, in ms, that is reserved for the app after its last clients are disconnected. */
const SHUTDOWN_MS = 1000

/**
 * Returns the options of a server's `stop`.
 *
 * @param {object} settings of `parse`.
 * @returns {{ timeout: number, delay: number }} ms.
 */
function endingOf({ timeoutGracefulShutdown, drainDelay }) {
  const limit = timeoutGracefulShutdown * 1000
  return { timeout: limit - Math.min(SHUTDOWN_MS, limit / 2), delay: drainDelay * 1000 }
}

/**
 * Serves an app in this process until a signal such as Ctrl-C, or until the limit of requests.
 *
 * @param {object} settings of `parse`.
 * @param {import('./log').Log} log
 * @param {object} [options]
 * @param {boolean} [options.signals] whether to handle signals, default true.
 * @param {(server: import('./app-server').AppServer) => void} [options.onListening] reports that the server listens;
 *   default: two lines of the log.
 * @returns {Promise<number>} the exit code, after everything is closed.
 * @throws {import('./failure').ServeFailure} if the app does not start, or the server cannot listen.
 */
async function serveHere(
  settings,
  log,
  { signals = true, onListening = (server) => logAddress(server, settings, log) } = {},
) {
  const server = serverOf(settings, log, signals)
  await server.start()
  const limit = (settings.timeoutGracefulShutdown + settings.drainDelay) * 1000
  const interrupts = signals ? new Interrupts(limit, log, (code) => server.endNow(code)) : null
  onListening(server)
  try {
    const cause = await Promise.race(
      [once(server, 'limit').then(([count]) => count), interrupts?.first].filter(Boolean),
    )
    interrupts?.begin()
    log.info(typeof cause === 'number' ? `Closing after ${cause} requests` : announcementOf(cause))
    await server.stop(endingOf(settings))
    log.info('Closed')
    return 0
  } catch (error) {
    log.failure(failureOf(error))
    return 1
  } finally {
    interrupts?.release()
  }
}

/** With `--thread node` the server runs in a worker thread, so that the main thread can handle signals. */
function serverOf(settings, log, signals) {
  if (signals && isHosted(settings)) {
    const { HostedServer } = require('./hosted/hosted-server')
    return new HostedServer(settings, log)
  }
  const { AppServer } = require('./app-server')
  return new AppServer(settings, log)
}

function isHosted(settings) {
  return (settings.thread ?? process.env.PYTHON_NODE_THREAD) === 'node'
}

/** Logs the URLs of the server. */
function logAddress(server, settings, log) {
  const { version, loop } = server.runtime
  log.info(
    `${settings.target} with Python ${version} (${loop}) in Node ${process.versions.node}, process ${process.pid}`,
  )
  log.info(`Listening on ${server.urls.join(' and ')} (HTTP: ${httpWay(settings)}; Ctrl-C ends it)`)
}

module.exports = { endingOf, isHosted, serveHere }
