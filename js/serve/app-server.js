'use strict'

const { EventEmitter } = require('node:events')
const { PythonHandler } = require('..')
const { core } = require('../binding')
const { endWithoutUpgrade } = require('../http/asked-upgrades')
const { atTurn } = require('../http/pipelining')
const { Connections } = require('./connections')
const { Descriptors } = require('./descriptors')
const { ServeFailure, failureOf, raisedBy } = require('./failure')
const { Forwarded, clientOf } = require('../http/forwarded')
const { createListener } = require('../http/listener')
const { isNative } = require('./http-way')
const { listen, urlsOf } = require('./listening')
const { isColoured } = require('./log')
const { RequestMetrics } = require('./metrics/request-metrics')
const { OwnAnswers } = require('./own-answers')
const { createServer, sessionLimits } = require('./protocols')
const { StaticFiles } = require('./static')
const { Traffic } = require('./traffic')
const { Upgrades } = require('./upgrades')

/**
 * An app and the server in front of it, made from the settings of `serve`.
 *
 * Emits 'limit' once with their number, when as many responses as the settings allow are over.
 */
class AppServer extends EventEmitter {
  #settings
  #traffic
  #forwarded
  #log
  // Counts requests; null where nobody can ask.
  #metrics
  #handler = null
  #listener = null
  #server = null
  // The native server: what listens, in place of the server; null where node:http reads HTTP.
  #native = null
  #connections = null
  #descriptors = null
  #own = null
  #files = null
  #upgrades = null
  #gather
  #stopped = null
  #hasStarted = false
  #hasClosed = false
  // What the app has raised while it started.
  #early = []
  // Responses after which it asks for its end.
  #limit

  /**
   * @param {object} settings of `parse`.
   * @param {import('./log').Log} log
   * @param {(() => Promise<import('./metrics/families').Family[]>) | null} [gather] gives the metrics of all servers that
   *   share its port, where there are others.
   */
  constructor(settings, log, gather = null) {
    super()
    this.#settings = settings
    this.#limit = limitOf(settings)
    this.#log = log
    this.#gather = gather
    this.#metrics = settings.metricsPath === null ? null : new RequestMetrics()
    this.#traffic = new Traffic(log, clientOf, this.#metrics)
    this.#forwarded = settings.proxyHeaders ? new Forwarded(settings.forwardedAllowIps) : null
  }

  /** The handler of the app; `null` before `start`. */
  get handler() {
    return this.#handler
  }

  /** What runs the app, see the handler; `null` before `start`. */
  get runtime() {
    return this.#handler?.runtime ?? null
  }

  /** The server itself, of node:http, node:https or node:http2; `null` before `start`. */
  get server() {
    return this.#server
  }

  /** The native server: what listens in place of `server`, which gets what is Node's; `null` where `server` listens. */
  get native() {
    return this.#native
  }

  /** Where it listens, as `net.Server` says it; `null` when it does not. */
  get address() {
    return (this.#native ?? this.#server)?.address() ?? null
  }

  /** Where it is to be found: `http://127.0.0.1:8000`, or `unix:/path`. */
  get urls() {
    return (this.#native ?? this.#server)?.listening === true
      ? urlsOf(this.address, this.#settings.sslCertfile !== null)
      : []
  }

  /**
   * Imports the app, runs its start-up, and listens. Importing blocks JavaScript.
   *
   * @returns {Promise<void>}
   * @throws {import('./failure').ServeFailure} when one of them fails; then nothing is left open.
   */
  async start() {
    const settings = this.#settings
    try {
      // The certificate is read first: an app may take long to import.
      const server = createServer(settings, (req, res) => atTurn(req, res, () => this.#answer(req, res)))
      const handler = new PythonHandler(settings.target, optionsOf(settings))
      this.#handler = handler
      handler.on('error', (error) => this.#report(error))
      // Nothing comes before it: req.headers need not be looked at.
      this.#listener = createListener(handler[core.symbols.application], {
        rewriter: null,
        forwarded: null,
        isFirst: true,
      })
      await handler.ready()
      this.#hasStarted = true
      for (const error of this.#early) this.#log.exception(error)
      this.#server = server
      this.#connections = new Connections(server, sessionLimits(settings))
      this.#descriptors = new Descriptors(server, this.#log)
      if (settings.healthPath !== null || settings.metricsPath !== null) {
        this.#own = new OwnAnswers(settings, handler, this.#metrics, this.#gather)
      }
      if (settings.staticPathRoutes.length > 0) this.#files = new StaticFiles(settings, this.#log)
      this.#upgrades = new Upgrades(handler, this.#forwarded, this.#log, this.#metrics, settings)
      this.#upgrades.listen(server)
      this.#traffic.on('done', () => this.#done())
      if (isNative(settings)) this.#native = this.#makeNative(handler)
      await listen(this.#native ?? server, settings)
      // What the scope of a Unix socket names, which Node does not know of one that was inherited.
      if (settings.uds !== null) server.address = () => settings.uds
      // Node looks after the timeouts of connections from here on.
      if (!server.listening) server.emit('listening')
    } catch (error) {
      this.#own?.close()
      this.#descriptors?.close()
      // What went wrong first is what counts, also when closing goes wrong then.
      await this.#handler?.close({ timeout: 0 }).catch((second) => this.#log.debug(second.message))
      throw this.#hasStarted ? failureOf(error) : this.#whyNotStarted(error)
    }
  }

  /**
   * Stops: takes no more connections, ends idle ones, lets responses end, then closes WebSockets (1012) and runs the app's
   * shutdown. Calling it again gives the same end.
   *
   * @param {{ timeout?: number, delay?: number }} [options] `timeout`: ms that responses may take to end, default 10 000; what is left of it goes to
   *   work that the app does behind its responses. `delay`: ms that it serves on before that, announcing its end;
   *   default 0.
   * @returns {Promise<void>} rejects with a ServeFailure when the app's shutdown fails.
   */
  stop({ timeout = 10_000, delay = 0 } = {}) {
    this.#stopped ??= this.#stop(timeout, delay)
    return this.#stopped
  }

  /** Ends the process at once; Python has its say for up to a second. */
  endNow(code) {
    process.exit(code)
  }

  /** What it measures, as OwnAnswers says it. */
  async sample() {
    return this.#own === null ? null : this.#own.sample()
  }

  /** Serves on, but the health path says 503, and each connection ends with its next response. */
  announceEnd() {
    if (this.#own !== null) this.#own.isServing = false
    this.#traffic.endConnections()
    this.#native?.announceEnd()
  }

  async #stop(timeout, delay) {
    if (this.#server === null) return
    this.announceEnd()
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    const begin = performance.now()
    this.#hasClosed = true
    const closed = Promise.all(
      [this.#server, this.#native].filter(Boolean).map((each) => new Promise((resolve) => each.close(resolve))),
    )
    this.#connections.endIdle()
    try {
      await this.#traffic.drain(timeout)
      // What is left is WebSockets, and requests whose time is over: they do not get it a second time.
      core.slots.abortAll(this.#handler[core.symbols.application])
      await this.#handler.close({ timeout: Math.max(0, Math.round(timeout - (performance.now() - begin))) })
    } catch (error) {
      throw failureOf(error, 'shutdown')
    } finally {
      this.#own?.close()
      this.#descriptors.close()
      await this.#connections.end()
      await closed
    }
  }

  #report(error) {
    if (this.#hasStarted) this.#log.exception(error)
    else this.#early.push(error)
  }

  /** An app may say no more than that its start has failed, and then raise why. */
  #whyNotStarted(error) {
    const failure = failureOf(error)
    const [raised] = this.#early
    if (failure.phase === null || failure.exception !== null || failure.details.length > 0) return failure
    if (raised?.code !== 'ERR_ASGI_PYTHON') return failure
    return new ServeFailure(failure.message, { ...failure.plain(), cause: raised, ...raisedBy(raised) })
  }

  #makeNative(handler) {
    const { createNativeServer } = require('./native')
    const native = createNativeServer(handler, this.#settings, this.#log, {
      accept: (socket) => this.#server.emit('connection', socket),
      onReached: (count) => this.emit('limit', count),
      limit: this.#limit,
    })
    this.#metrics?.add(() => native.metrics())
    // What the scope of a Unix socket names.
    this.#server.address = () => native.address()
    return native
  }

  #answer(req, res) {
    endWithoutUpgrade(req, res)
    if (this.#own !== null && this.#own.answer(req, res)) return
    this.#forwarded?.apply(req)
    this.#traffic.open(req, res)
    if (this.#files !== null && this.#files.answer(req, res)) return
    this.#traffic.isForApp(res)
    if (this.#upgrades.refuse(req, res)) return
    this.#listener(req, res)
  }

  /** A response is over. */
  #done() {
    // Node has the connection for idle once the response is behind it.
    if (this.#hasClosed) setImmediate(() => this.#connections.endIdle())
    else if (this.#limit === null) return
    else if (this.#native !== null) this.#native.answered()
    else if (this.#traffic.count === this.#limit) this.emit('limit', this.#limit)
  }
}

/** Workers that began together end one after the other: each draws its own. */
function limitOf({ limitMaxRequests, limitMaxRequestsJitter }) {
  return limitMaxRequests === null ? null : limitMaxRequests + Math.floor(Math.random() * (limitMaxRequestsJitter + 1))
}

/** Gives the options of the handler. The times are those of servers for Python: an app takes as long as it takes. */
function optionsOf(settings) {
  return {
    docroot: settings.appDir,
    rootPath: settings.rootPath,
    interface: settings.interface,
    factory: settings.factory,
    exposeErrors: settings.reload,
    logging: JSON.stringify(loggingOf(settings)),
    lifespan: settings.lifespan,
    lifespanScope: settings.lifespanScope,
    lifespanTimeout: 0,
    loop: settings.loop,
    loops: settings.loops ?? undefined,
    thread: settings.thread ?? undefined,
    python: settings.python ?? undefined,
    responseTimeout: 0,
    maxConcurrency: settings.limitConcurrency ?? 0,
    wsMaxPayload: settings.wsMaxSize,
    wsQueue: settings.wsMaxQueue,
    wsPingInterval: Math.round(settings.wsPingInterval * 1000),
    wsPingTimeout: Math.round(settings.wsPingTimeout * 1000),
    perMessageDeflate: settings.wsPerMessageDeflate,
    wsAcceptTimeout: 0,
  }
}

/** How Python's loggers are configured that apps know from uvicorn. */
function loggingOf({ logLevel, logFormat, accessLog, logConfig, useColors }) {
  const colors = [1, 2].map((descriptor) => useColors ?? isColoured(descriptor))
  return { level: logLevel, format: logFormat, access: accessLog, config: logConfig, colors }
}

module.exports = { AppServer }
