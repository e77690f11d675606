'use strict'

// The program of a worker process. Its parent is a WorkerProcess.

const { AppServer } = require('../app-server')
const { ServeFailure, failureOf } = require('../failure')
const { listen } = require('../listening')
const { Log } = require('../log')
const { createErrorPage } = require('../reload/error-page')
const { warmUp } = require('../reload/warm-up')
const { Drain } = require('./drain')
const { Substitute } = require('./substitute')

/** Milliseconds for what is under way when the parent has died. */
const ORPHAN_GRACE = 2000

/** Milliseconds that the app then has for its shutdown. */
const ORPHAN_SHUTDOWN = 1000

/** Serves the app on the socket that it has inherited, and does what the parent says. */
class Worker {
  #log = null
  #appServer = null
  // Of what takes connections: the app's server, or the page that says why there is none.
  #drain = null
  #backlog = 0
  // While the next worker has no process: what accepts its connections.
  #substitute = null
  #isEnding = false
  #hasMetrics = false
  // Called when the parent has heard of the last sample.
  #heard = ignore

  /** Carries out a message of the parent. */
  hear(message) {
    switch (message.type) {
      case 'warm':
        return warmUp(message.settings)
      case 'load':
        return this.#load(message.settings)
      case 'explain':
        return this.#explain(message.settings, ServeFailure.revived(message.failure))
      case 'standIn':
        return this.#standIn(message.socket)
      case 'sample':
        return this.#sample(message.number)
      case 'heard':
        return this.#heard()
      case 'gathered':
        return gathered(message)
      case 'announce':
        return this.#appServer?.announceEnd()
      case 'end':
        return this.end(message.grace, message.idle)
    }
  }

  /** Ends the process, as WorkerProcess.end says. */
  async end(grace, idle) {
    if (this.#isEnding) return
    this.#isEnding = true
    const endsAt = performance.now() + grace
    this.#standIn(null)
    this.#drain?.begin(idle)
    tell('closed')
    await this.#drain?.ended(grace)
    try {
      await this.#appServer?.stop({ timeout: Math.max(0, endsAt - performance.now()) })
    } catch (error) {
      this.#log.failure(failureOf(error))
    }
    await this.#tellLastSample()
    await this.#exit(0)
  }

  /** Ends the process because its parent has died. Nobody else would kill it if it did not end. */
  orphaned() {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE + ORPHAN_SHUTDOWN)
    this.end(ORPHAN_GRACE, 0)
  }

  async #load(settings) {
    this.#log = new Log(settings)
    this.#log.takeWarnings()
    const appServer = new AppServer(settings, this.#log, settings.workers > 1 ? gather : null)
    appServer.once('limit', () => tell('limit'))
    try {
      await appServer.start()
    } catch (error) {
      const failure = failureOf(error)
      if (settings.reload) await this.#explain(settings, failure)
      tell('failed', failure.plain())
      if (!settings.reload) await this.#exit(1)
      return
    }
    this.#appServer = appServer
    this.#backlog = settings.backlog
    // Nothing has been accepted yet: that takes another turn of the event loop.
    this.#drain = new Drain(appServer.server, appServer.native)
    this.#hasMetrics = settings.workers > 1 && settings.metricsPath !== null
    tell('ready')
  }

  async #explain(settings, failure) {
    const page = createErrorPage(settings, failure)
    this.#drain = new Drain(page)
    await listen(page, settings)
  }

  #standIn(socket) {
    this.#substitute?.close()
    this.#substitute = null
    if (socket === null || this.#isEnding) return
    try {
      this.#substitute = new Substitute(socket, this.#backlog, this.#appServer.server)
    } catch (error) {
      // They wait until their own worker is back.
      this.#log.warning(`Connections of another worker cannot be accepted: ${error.message}`)
    }
  }

  async #sample(number) {
    tell('sampled', { number, sample: await this.#appServer?.sample() ?? null })
  }

  /** Says what was served in all, and waits until the parent has heard it: it may see the end of a process first. */
  async #tellLastSample() {
    if (!this.#hasMetrics || !process.connected) return
    const heard = new Promise((resolve) => (this.#heard = resolve))
    process.once('disconnect', this.#heard)
    await this.#sample(null)
    await heard
  }

  async #exit(code) {
    await this.#log?.end()
    process.exit(code)
  }
}

function tell(type, value) {
  if (process.connected) process.send({ type, value })
}

/** Who waits for the metrics of all workers, by number. */
const waiting = new Map()
let nextNumber = 0

/** Asks the parent for the metrics of all workers. */
function gather() {
  return new Promise((resolve) => {
    waiting.set(nextNumber, resolve)
    tell('gather', nextNumber++)
  })
}

function gathered({ number, families }) {
  waiting.get(number)?.(families)
  waiting.delete(number)
}

function ignore() {}

const worker = new Worker()
process.on('message', (message) => worker.hear(message))
process.on('disconnect', () => worker.orphaned())
// Ctrl-C goes to all processes of a terminal; what to do is for the parent to say.
process.on('SIGINT', ignore)
process.on('SIGHUP', ignore)
// Who ends one worker gets another in its place.
process.on('SIGTERM', () => tell('limit'))
