'use strict'

// The program of a worker process. Its parent is a WorkerProcess.

const { AppServer } = require('../app-server')
const { ServeFailure, failureOf } = require('../failure')
const { Log } = require('../log')
const { createErrorPage } = require('../reload/error-page')
const { warmUp } = require('../reload/warm-up')
const { Drain } = require('./drain')

/** Milliseconds for what is under way when the parent has died. */
const ORPHAN_GRACE = 2000

/** Milliseconds that the app then has for its shutdown. */
const ORPHAN_SHUTDOWN = 1000

/** Serves the app on the connections that the parent hands over, and does what it says. */
class Worker {
  #log = null
  #appServer = null
  // What takes connections: the app's server, or the page that says why there is none.
  #server = null
  #drain = null
  #isEnding = false
  #hasMetrics = false
  // Called when the parent has heard of the last sample.
  #heard = ignore

  /** Carries out a message of the parent. */
  hear(message, socket) {
    switch (message.type) {
      case 'warm':
        return warmUp(message.settings)
      case 'load':
        return this.#load(message.settings)
      case 'explain':
        return this.#explain(message.settings, ServeFailure.revived(message.failure))
      case 'connection':
        return this.#take(message.number, socket)
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
    await this.#drain?.run(grace, idle)
    try {
      await this.#appServer?.stop({ timeout: Math.max(0, endsAt - performance.now()) })
    } catch (error) {
      this.#log.failure(failureOf(error))
    }
    await this.#tellLastSample()
    this.#exit(0)
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
      await appServer.start({ listens: false })
    } catch (error) {
      const failure = failureOf(error)
      if (settings.reload) this.#explain(settings, failure)
      tell('failed', failure.plain())
      if (!settings.reload) this.#exit(1)
      return
    }
    this.#appServer = appServer
    this.#hasMetrics = settings.workers > 1 && settings.metricsPath !== null
    this.#serve(appServer.server)
    tell('ready')
  }

  #explain(settings, failure) {
    this.#serve(createErrorPage(settings, failure))
  }

  #serve(server) {
    this.#server = server
    this.#drain = new Drain(server)
  }

  #take(number, socket) {
    tell('taken', number)
    // Its client has left on the way.
    if (socket === undefined || socket === null) return
    // As a server that listens would have it.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    this.#server.emit('connection', socket)
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

  #exit(code) {
    this.#log?.flush()
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
process.on('message', (message, socket) => worker.hear(message, socket))
process.on('disconnect', () => worker.orphaned())
// Ctrl-C goes to all processes of a terminal; what to do is for the parent to say.
process.on('SIGINT', ignore)
process.on('SIGHUP', ignore)
// Who ends one worker gets another in its place.
process.on('SIGTERM', () => tell('limit'))
