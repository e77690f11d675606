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
const { RequestMetrics } = require('./metrics/request-metrics')
const { handlerOptions } = require('./handler-options')
const { HealthAndMetrics } = require('./health-and-metrics')
const { createServer, sessionLimits } = require('./protocols')
const { StaticFiles } = require('./static')
const { Traffic } = require('./traffic')
const { Upgrades } = require('./upgrades')

/**
 * An app and its server, made from the settings of `serve`.
 *
 * Emits 'limit' once, with the number of responses, when it reaches the configured limit.
 */
class AppServer extends EventEmitter {
  #settings
  #traffic
  #forwarded
  #log
  // The request metrics; null without a path for them.
  #metrics
  #handler = null
  #listener = null
  #server = null
  // The native server, which then listens instead of `#server`; null if node:http reads HTTP.
  #native = null
  #connections = null
  #descriptors = null
  #healthAndMetrics = null
  #files = null
  #upgrades = null
  #gather
  #stopped = null
  #hasStarted = false
  #hasClosed = false
  // Exceptions that the app has raised while it started.
  #early = []
  // The number of responses after which 'limit' is emitted.
  #limit

  /**
   * @param {object} settings of `parse`.
   * @param {import('./log').Log} log
   * @param {(() => Promise<import('./metrics/families').Family[]>) | null} [gather] collects the metrics of all servers
   *   that share the port, if there are several.
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

  /** The handler's `runtime`; `null` before `start`. */
  get runtime() {
    return this.#handler?.runtime ?? null
  }

  /** The server of node:http, node:https or node:http2; `null` before `start`. */
  get server() {
    return this.#server
  }

  /** The native server, which hands over connections to `server`; `null` if `server` listens itself. */
  get native() {
    return this.#native
  }

  /** The address in the form of `net.Server`; `null` if it does not listen. */
  get address() {
    return (this.#native ?? this.#server)?.address() ?? null
  }

  /** The URLs: `http://127.0.0.1:8000`, or `unix:/path`. */
  get urls() {
    return (this.#native ?? this.#server)?.listening === true
      ? urlsOf(this.address, this.#settings.sslCertfile !== null)
      : []
  }

  /** `load` and `listen`. */
  async start() {
    await this.load()
    await this.listen()
  }

  /**
   * Imports the app and runs its lifespan startup. The import blocks JavaScript.
   *
   * @returns {Promise<void>}
   * @throws {import('./failure').ServeFailure} if one of them fails; then nothing is left open.
   */
  async load() {
    const settings = this.#settings
    await this.#attempt(async () => {
      // Before the import, which may take long, because it checks the certificate.
      const server = createServer(settings, (req, res) => atTurn(req, res, () => this.#answer(req, res)))
      const handler = new PythonHandler(settings.target, handlerOptions(settings))
      this.#handler = handler
      handler.on('error', (error) => this.#report(error))
      // No middleware runs before it, so req.headers is unchanged.
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
        this.#healthAndMetrics = new HealthAndMetrics(settings, handler, this.#metrics, this.#gather)
      }
      if (settings.staticPathRoutes.length > 0) this.#files = new StaticFiles(settings, this.#log)
      this.#upgrades = new Upgrades(handler, this.#forwarded, this.#log, this.#metrics, settings)
      this.#upgrades.listen(server)
      this.#traffic.on('done', () => this.#done())
      if (isNative(settings)) this.#native = this.#makeNative(handler)
    })
  }

  /**
   * Accepts connections, once the app is loaded.
   *
   * @returns {Promise<void>}
   * @throws {import('./failure').ServeFailure} if the server cannot listen; then nothing is left open.
   */
  async listen() {
    const server = this.#server
    const { uds } = this.#settings
    await this.#attempt(async () => {
      await listen(this.#native ?? server, this.#settings)
      // For the scope: Node does not know the path of an inherited Unix socket.
      if (uds !== null) server.address = () => uds
      // Starts Node's checks of timeouts.
      if (!server.listening) server.emit('listening')
    })
  }

  /** Takes a step of the start; if it fails, closes everything. */
  async #attempt(step) {
    try {
      await step()
    } catch (error) {
      this.#healthAndMetrics?.close()
      this.#descriptors?.close()
      // The first error is reported, even if closing also fails.
      await this.#handler?.close({ timeout: 0 }).catch((second) => this.#log.debug(second.message))
      throw this.#hasStarted ? failureOf(error) : this.#whyNotStarted(error)
    }
  }

  /**
   * Accepts no more connections, closes idle ones, waits for responses, then closes WebSockets (1012) and runs the
   * app's shutdown. Further calls return the same promise.
   *
   * @param {{ timeout?: number, delay?: number }} [options] `timeout`: ms to wait for responses, default 10 000; the
   *   rest of it is for work that the app does after its responses. `delay`: ms to announce the end and go on serving
   *   before, default 0.
   * @returns {Promise<void>} rejects with a ServeFailure if the app's shutdown fails.
   */
  stop({ timeout = 10_000, delay = 0 } = {}) {
    this.#stopped ??= this.#stop(timeout, delay)
    return this.#stopped
  }

  /** Exits at once. Python's exit handlers have up to a second. */
  endNow(code) {
    process.exit(code)
  }

  /** Its metrics, see HealthAndMetrics. */
  async sample() {
    return this.#healthAndMetrics === null ? null : this.#healthAndMetrics.sample()
  }

  /** Goes on serving, but the health path responds with 503, and each connection closes after its next response. */
  announceEnd() {
    if (this.#healthAndMetrics !== null) this.#healthAndMetrics.isServing = false
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
      // WebSockets, and requests that have exceeded the timeout.
      core.slots.abortAll(this.#handler[core.symbols.application])
      await this.#handler.close({ timeout: Math.max(0, Math.round(timeout - (performance.now() - begin))) })
    } catch (error) {
      throw failureOf(error, 'shutdown')
    } finally {
      this.#healthAndMetrics?.close()
      this.#descriptors.close()
      await this.#connections.end()
      await closed
    }
  }

  #report(error) {
    if (this.#hasStarted) this.#log.exception(error)
    else this.#early.push(error)
  }

  /** Finds the cause if the app only reported a failed startup and then raised. */
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
    // For the scope of a Unix socket.
    this.#server.address = () => native.address()
    return native
  }

  #answer(req, res) {
    endWithoutUpgrade(req, res)
    if (this.#healthAndMetrics !== null && this.#healthAndMetrics.answer(req, res)) return
    this.#forwarded?.apply(req)
    this.#traffic.open(req, res)
    if (this.#files !== null && this.#files.answer(req, res)) return
    this.#traffic.isForApp(res)
    if (this.#upgrades.refuse(req, res)) return
    this.#listener(req, res)
  }

  /** A response has ended. */
  #done() {
    // Node regards the connection as idle only after this event.
    if (this.#hasClosed) setImmediate(() => this.#connections.endIdle())
    else if (this.#limit === null) return
    else if (this.#native !== null) this.#native.answered()
    else if (this.#traffic.count === this.#limit) this.emit('limit', this.#limit)
  }
}

/** The limit of responses. The random part prevents that all workers end at the same time. */
function limitOf({ limitMaxRequests, limitMaxRequestsJitter }) {
  return limitMaxRequests === null ? null : limitMaxRequests + Math.floor(Math.random() * (limitMaxRequestsJitter + 1))
}

module.exports = { AppServer }
