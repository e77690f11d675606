'use strict'

const { usage } = require('./arguments')
const { EnvFile } = require('./env-file')
const { ServeFailure, failureOf } = require('./failure')
const { givenIn, inKeys } = require('./given')
const { httpWay } = require('./http-way')
const { urlsOf } = require('./listening')
const { Log } = require('./log')
const { settle } = require('./settings')

/** An app that is served: where it is, and its end. */
class Served {
  #log
  #stop
  #closed = null
  /** Where it is to be found: `http://127.0.0.1:8000`, or `unix:/path`. */
  url
  /** What `net.Server` says of it: `{ address, family, port }`, or the path of a Unix socket. */
  address

  /**
   * @param {string | import('node:net').AddressInfo} address
   * @param {object} settings of `settle`.
   * @param {Log} log is this one's own from here on.
   * @param {() => Promise<void>} stop
   */
  constructor(address, settings, log, stop) {
    this.address = address
    this.url = urlsOf(address, settings.sslCertfile !== null)[0]
    this.#log = log
    this.#stop = stop
    log.info(`${settings.target} in Node ${process.versions.node}, process ${process.pid}`)
    log.info(`Listening on ${this.url} (HTTP: ${httpWay(settings)})`)
  }

  /**
   * Ends in good order, as the command does at SIGTERM. Calling it again gives the same end.
   *
   * @returns {Promise<void>} when everything is closed; rejects with a ServeFailure when the app's shutdown fails.
   */
  close() {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close() {
    this.#log.info('Closing')
    try {
      await this.#stop()
      this.#log.info('Closed')
    } catch (error) {
      throw inKeys(failureOf(error))
    } finally {
      this.#log.close()
    }
  }
}

/**
 * Serves an app as `python-node serve` does, from a program. Signals are left to the program.
 *
 * @param {string} target `'module:attribute'`.
 * @param {object} [options] those of the command, in camel case: see js/serve.d.ts. What they leave out comes from the
 *   variables of the command, then its defaults.
 * @returns {Promise<Served>} when it listens.
 * @throws {ServeFailure} rejects with one: its `code` is `ERR_SERVE_USAGE` for a wrong option, the system's where nothing can
 *   listen, that of the error where the app does not start.
 */
async function serve(target, options = {}) {
  let log = null
  try {
    const settings = settingsOf(target, options)
    const warning = settings.envFile === null ? null : new EnvFile(settings.envFile, process.env).load()
    log = new Log(settings)
    if (warning !== null) log.warning(warning)
    return await (settings.workers > 1 ? serveInWorkers(settings, log) : serveHere(settings, log))
  } catch (error) {
    log?.close()
    throw inKeys(failureOf(error))
  }
}

function settingsOf(target, options) {
  if (typeof target !== 'string') throw usage(`The app is ${String(target)}; expected "module:attribute", as main:app`)
  const settings = settle(target, givenIn(options), process.env)
  if (settings.reload) throw usage('--reload is for the command, which ends and starts what runs the app')
  return settings
}

async function serveHere(settings, log) {
  const { AppServer } = require('./app-server')
  const { endingOf } = require('./run')
  const server = new AppServer(settings, log)
  await server.start()
  const served = new Served(server.address, settings, log, () => server.stop(endingOf(settings)))
  server.once('limit', () => served.close().catch((failure) => log.failure(failure)))
  return served
}

async function serveInWorkers(settings, log) {
  const { Sockets } = require('./supervisor/sockets')
  const { Supervisor } = require('./supervisor/supervisor')
  const sockets = await Sockets.open(settings, settings.workers)
  const supervisor = new Supervisor(settings, log, sockets)
  await supervisor.start()
  return new Served(sockets.address, settings, log, () => supervisor.stop())
}

module.exports = { ServeFailure, serve }
