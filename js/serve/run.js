'use strict'

const { once } = require('node:events')
const { announcementOf } = require('./end-signals')
const { failureOf } = require('./failure')
const { httpWay } = require('./http-way')
const { Interrupts } = require('./interrupts')

/** ms at the end of its time that the app has for itself, once its last clients are disconnected. */
const SHUTDOWN_MS = 1000

/**
 * Gives the times of a server's end, as its `stop` takes them.
 *
 * @param {object} settings of `parse`.
 * @returns {{ timeout: number, delay: number }} ms.
 */
function endingOf({ timeoutGracefulShutdown, drainDelay }) {
  const limit = timeoutGracefulShutdown * 1000
  return { timeout: limit - Math.min(SHUTDOWN_MS, limit / 2), delay: drainDelay * 1000 }
}

/**
 * Serves an app in this process until it is told to end: by Ctrl-C or another signal, or because it has answered as many
 * requests as it should.
 *
 * @param {object} settings of `parse`.
 * @param {import('./log').Log} log
 * @param {object} [options]
 * @param {boolean} [options.signals] whether signals are listened to, default true.
 * @param {(server: import('./app-server').AppServer) => void} [options.introduce] tells the user where it serves; default:
 *   two lines of the log.
 * @returns {Promise<number>} the exit code, when everything is closed.
 * @throws {import('./failure').ServeFailure} when the app does not start, or nothing can listen.
 */
async function serveHere(settings, log, { signals = true, introduce = (server) => say(server, settings, log) } = {}) {
  const server = serverOf(settings, log, signals)
  await server.start()
  const limit = (settings.timeoutGracefulShutdown + settings.drainDelay) * 1000
  const interrupts = signals ? new Interrupts(limit, log, (code) => server.endNow(code)) : null
  introduce(server)
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

/** Where Python has JavaScript's thread, signals need another one: the server gets a thread of its own. */
function serverOf(settings, log, signals) {
  if (signals && isHosted(settings)) {
    const { HostedServer } = require('./hosted/hosted-server')
    return new HostedServer(settings)
  }
  const { AppServer } = require('./app-server')
  return new AppServer(settings, log)
}

function isHosted(settings) {
  return (settings.thread ?? process.env.PYTHON_NODE_THREAD) === 'node'
}

/** Tells the user what is served where. */
function say(server, settings, log) {
  const { version, loop } = server.runtime
  log.info(
    `${settings.target} with Python ${version} (${loop}) in Node ${process.versions.node}, process ${process.pid}`,
  )
  log.info(`Listening on ${server.urls.join(' and ')} (HTTP: ${httpWay(settings)}; Ctrl-C ends it)`)
}

module.exports = { endingOf, isHosted, serveHere }
