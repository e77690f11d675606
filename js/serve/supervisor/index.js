'use strict'

const { httpWay } = require('../http-way')
const { urlsOf } = require('../listening')
const { OrderlyEnd } = require('./orderly-end')
const { Sockets } = require('./sockets')
const { Supervisor } = require('./supervisor')

/**
 * Serves an app with several worker processes until SIGINT or SIGTERM. SIGHUP replaces them without losing a request.
 * This process never loads Python.
 *
 * @param {object} settings of `parse`.
 * @param {import('../log').Log} log
 * @returns {Promise<void>} rejects with a ServeFailure if it cannot listen or the app does not start.
 */
async function supervise(settings, log) {
  const sockets = await Sockets.open(settings, settings.workers)
  const supervisor = new Supervisor(settings, log, sockets)
  const end = new OrderlyEnd(supervisor, log)
  const replace = () => supervisor.replace()
  process.on('SIGHUP', replace)
  log.debug(`Starting ${settings.workers} workers`)
  try {
    if (await supervisor.start()) {
      const [url] = urlsOf(sockets.address, settings.sslCertfile !== null)
      log.info(
        `${settings.target} in ${settings.workers} workers in Node ${process.versions.node}, process ${process.pid}`,
      )
      log.info(`Listening on ${url} (HTTP: ${httpWay(settings)}; Ctrl-C ends it)`)
    }
    await end.ended()
  } finally {
    process.off('SIGHUP', replace)
    end.close()
  }
}

module.exports = { supervise }
