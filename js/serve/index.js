'use strict'

const { usage } = require('./arguments')
const { EnvFile } = require('./env-file')
const { ServeFailure, failureOf } = require('./failure')
const { givenIn, inKeys } = require('./given')
const { httpWay } = require('./http-way')
const { urlsOf } = require('./listening')
const { Log } = require('./log')
const { settle } = require('./settings')

/** A running server. */
class Served {
  #log
  #stop
  #closed = null
  /** The URL: `http://127.0.0.1:8000`, or `unix:/path`. */
  url
  /** The address in the form of `net.Server`: `{ address, family, port }`, or the path of a Unix socket. */
  address

  /**
   * @param {string | import('node:net').AddressInfo} address
   * @param {object} settings of `settle`.
   * @param {Log} log closed with the server.
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
   * Stops gracefully, like the command after SIGTERM. Further calls return the same promise.
   *
   * @returns {Promise<void>} resolves when everything is closed; rejects with a ServeFailure if the app's shutdown
   *   fails.
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
 * Serves an app like `python-node serve`, from a program. Signals are left to the program.
 *
 * @param {string} target `'module:attribute'`.
 * @param {object} [options] those of the command in camel case: see js/serve.d.ts. The defaults are the command's
 *   environment variables, then its defaults.
 * @returns {Promise<Served>} resolves when it listens. Rejects with a ServeFailure: its `code` is `ERR_SERVE_USAGE` for
 *   an invalid option, the system's if it cannot listen, and that of the app's error if the app does not start.
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
  if (typeof target !== 'string') {
    throw usage(`The app is ${String(target)}; expected "module:attribute", like main:app`)
  }
  const settings = settle(target, givenIn(options), process.env)
  if (settings.reload) throw usage('--reload only works with the command: use python-node serve --reload')
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
