'use strict'

// The program of a worker process. WorkerProcess is its counterpart in the parent.

const { AppServer } = require('../app-server')
const { ServeFailure, failureOf } = require('../failure')
const { listen } = require('../listening')
const { Log } = require('../log')
const { createErrorPage } = require('../reload/error-page')
const { warmUp } = require('../reload/warm-up')
const { Drain } = require('./drain')
const { Substitute } = require('./substitute')

/** ms for responses under way when the parent has died. */
const ORPHAN_GRACE = 2000

/** ms for the app's shutdown after that. */
const ORPHAN_SHUTDOWN = 1000

/** Serves the app on the inherited socket, and carries out the messages of the parent. */
class Worker {
  #settings = null
  #log = null
  #appServer = null
  // Why the app did not start.
  #failure = null
  // Drains the app's server, or the server of the page that shows why the app did not start.
  #drain = null
  // Resolves when that server listens or has failed to listen.
  #opened = null
  // Accepts the connections of the next worker while that one has no process.
  #substitute = null
  #isEnding = false
  #hasMetrics = false
  // Called when the parent has received the last sample.
  #onLastSampleReceived = ignore

  /** Carries out a message of the parent. */
  handle(message) {
    switch (message.type) {
      case 'warm':
        return warmUp(message.settings)
      case 'load':
        return this.#load(message.settings)
      case 'listen':
        return this.#listen()
      case 'explain':
        return this.#explain(message.settings, message.failure)
      case 'standIn':
        return this.#standIn(message.socket)
      case 'sample':
        return this.#sample(message.number)
      case 'heard':
        return this.#onLastSampleReceived()
      case 'gathered':
        return gathered(message)
      case 'announce':
        return this.#appServer?.announceEnd()
      case 'end':
        return this.end(message.grace, message.idle)
    }
  }

  /** Ends the process: see WorkerProcess.end. */
  async end(grace, idle) {
    if (this.#isEnding) return
    this.#isEnding = true
    const endsAt = performance.now() + grace
    this.#standIn(null)
    await this.#opened
    this.#drain?.begin(idle)
    send('closed')
    await this.#drain?.ended(grace)
    try {
      await this.#appServer?.stop({ timeout: Math.max(0, endsAt - performance.now()) })
    } catch (error) {
      this.#log.failure(failureOf(error))
    }
    await this.#sendLastSample()
    await this.#exit(0)
  }

  /** Ends the process after its parent has died. A timer kills it if it does not end in time, as the parent would. */
  orphaned() {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE + ORPHAN_SHUTDOWN)
    this.end(ORPHAN_GRACE, 0)
  }

  async #load(settings) {
    this.#settings = settings
    this.#log = new Log(settings)
    this.#log.takeWarnings()
    const appServer = new AppServer(settings, this.#log, settings.workers > 1 ? gather : null)
    appServer.once('limit', () => send('limit'))
    try {
      await appServer.load()
    } catch (error) {
      await this.#fail(error)
      return
    }
    this.#appServer = appServer
    this.#hasMetrics = settings.workers > 1 && settings.metricsPath !== null
    send('ready')
  }

  /** Accepts connections for the app: only the parent knows whether it still should. */
  async #listen() {
    if (this.#isEnding) return
    const { server, native } = this.#appServer
    this.#drain = new Drain(server, native)
    const listening = this.#appServer.listen()
    this.#opened = Promise.allSettled([listening])
    try {
      await listening
      send('listening')
    } catch (error) {
      await this.#fail(error)
    }
  }

  /** Accepts connections for a page that shows why the app did not start. */
  async #explain(settings, told) {
    if (this.#isEnding) return
    // This worker's own failure has more details than the copy that the parent sends.
    const page = createErrorPage(settings, this.#failure ?? ServeFailure.revived(told))
    this.#drain = new Drain(page)
    const listening = listen(page, settings)
    this.#opened = Promise.allSettled([listening])
    await listening
  }

  /** Reports that the app did not start. With --reload the process stays, so that the parent can have the error page served. */
  async #fail(error) {
    this.#failure = failureOf(error)
    send('failed', this.#failure.plain())
    if (!this.#settings.reload) await this.#exit(1)
  }

  #standIn(socket) {
    this.#substitute?.close()
    this.#substitute = null
    if (socket === null || this.#isEnding) return
    try {
      this.#substitute = new Substitute(socket, this.#settings.backlog, this.#appServer.server)
    } catch (error) {
      // The connections wait until their own worker runs again.
      this.#log.warning(`Connections of another worker wait until it runs again: ${error.message}`)
    }
  }

  async #sample(number) {
    send('sampled', { number, sample: await this.#appServer?.sample() ?? null })
  }

  /** Sends the final metrics and waits for the reply, because the parent may notice the exit before the message. */
  async #sendLastSample() {
    if (!this.#hasMetrics || !process.connected) return
    const received = new Promise((resolve) => (this.#onLastSampleReceived = resolve))
    process.once('disconnect', this.#onLastSampleReceived)
    await this.#sample(null)
    await received
  }

  async #exit(code) {
    await this.#log?.end()
    process.exit(code)
  }
}

function send(type, value) {
  if (process.connected) process.send({ type, value })
}

/** Pending calls of `gather`, by number. */
const waiting = new Map()
let nextNumber = 0

/** Asks the parent for the metrics of all workers. */
function gather() {
  return new Promise((resolve) => {
    waiting.set(nextNumber, resolve)
    send('gather', nextNumber++)
  })
}

function gathered({ number, families }) {
  waiting.get(number)?.(families)
  waiting.delete(number)
}

function ignore() {}

const worker = new Worker()
process.on('message', (message) => worker.handle(message))
process.on('disconnect', () => worker.orphaned())
// Ctrl-C reaches all processes of a terminal. The parent decides what to do.
process.on('SIGINT', ignore)
process.on('SIGHUP', ignore)
// A worker that gets SIGTERM asks the parent to replace it.
process.on('SIGTERM', () => send('limit'))
