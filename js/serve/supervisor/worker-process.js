'use strict'

const { fork } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const path = require('node:path')

/** ms to wait for the metrics of a worker. */
const SAMPLE_MS = 1000

const PROGRAM = path.join(__dirname, 'worker.js')

/** The descriptors of the listening sockets in the worker: the last ones of its `stdio`. */
const OWN_SOCKET = 4
const NEXT_SOCKET = 5

/**
 * A worker, seen from its parent: a process that inherits a listening socket, loads the app on request and accepts
 * connections on request. It ends on request, if its app does not start, or if its parent has ended. worker.js is its
 * program.
 *
 * Emits 'ready' when the app has started, 'listening' when it accepts connections, 'failed' with `{ message, details }`
 * if the app did not start, 'limit' when it asks to be replaced, 'gather' with a number when it asks for the metrics of
 * all workers, 'sampled' with `{ number, sample }`, its own metrics, 'closed' when it accepts no more connections, and
 * 'exit'.
 */
class WorkerProcess extends EventEmitter {
  #settings
  #child
  #state = 'starting'
  #hasExited = false
  #ending = ''
  #isLeaving = false
  #mayHaveConnections = false
  #hasReachedLimit = false
  #standsIn = false
  #isOverdue = false
  #killer = null
  // Callers that wait for a sample, by its number.
  #asked = new Map()
  #samples = 0

  /**
   * Starts the process, which loads Node and the addon, but not the app.
   *
   * @param {object} settings of `parse`.
   * @param {number[]} sockets the descriptors that it inherits, see Sockets.
   */
  constructor(settings, sockets) {
    super()
    this.#settings = { ...settings, fd: OWN_SOCKET }
    const child = fork(PROGRAM, { stdio: [inputOf(settings), 'inherit', 'inherit', 'ipc', ...sockets] })
    this.#child = child
    child.on('message', ({ type, value }) => this.#heard(type, value))
    child.on('exit', (code, signal) => this.#exited(code, signal))
    // A process that could not be started emits no 'exit'. All other errors end it.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#exited(error.code, null)
    })
  }

  /** The process id; undefined if it could not be started. */
  get pid() {
    return this.#child.pid
  }

  /** Whether it was told to end. */
  get isLeaving() {
    return this.#isLeaving
  }

  /** Whether it was killed because it did not end in time. */
  get isOverdue() {
    return this.#isOverdue
  }

  /** How it has ended, in words; empty before that. */
  get ending() {
    return this.#ending
  }

  /**
   * Whether it has been told to accept connections. One that has not been may be killed: no client waits for its answer.
   */
  get mayHaveConnections() {
    return this.#mayHaveConnections
  }

  /** Whether it has asked to be replaced. */
  get hasReachedLimit() {
    return this.#hasReachedLimit
  }

  /** Whether its app did not start. */
  get hasFailed() {
    return this.#state === 'failed'
  }

  /** Resolves when it accepts connections for its app, with true, or when the app has failed to start, with false. */
  async outcome() {
    if (this.#state === 'starting') await once(this, 'outcome')
    return this.#state === 'listening'
  }

  /** Resolves when the process has ended. */
  async ended() {
    if (!this.#hasExited) await once(this, 'exit')
  }

  /** Tells it to load Python, but not the app yet. */
  warm() {
    this.#send({ type: 'warm', settings: this.#settings })
  }

  /** Tells it to load the app. */
  load() {
    this.#send({ type: 'load', settings: this.#settings })
  }

  /** Tells it to accept connections for its app, which is ready. */
  listen() {
    this.#mayHaveConnections = true
    this.#send({ type: 'listen' })
  }

  /**
   * Tells it to accept connections, and to answer with a page that shows why the app did not start.
   *
   * @param {{ message: string, details: string[] }} failure
   */
  explain(failure) {
    this.#mayHaveConnections = true
    this.#settle('failed')
    this.#send({ type: 'explain', settings: this.#settings, failure })
  }

  /**
   * Tells it whether to accept connections from the next worker's socket, too.
   *
   * @param {boolean} isNeeded
   */
  standIn(isNeeded) {
    if (this.#standsIn === isNeeded) return
    this.#standsIn = isNeeded
    this.#send({ type: 'standIn', socket: isNeeded ? NEXT_SOCKET : null })
  }

  /**
   * Asks for its metrics, which are also emitted as 'sampled'.
   *
   * @returns {Promise<object | null>} a Sample, see ServerMetrics; `null` if it is too busy to answer, or ends.
   */
  async sample() {
    if (this.#hasExited) return null
    const number = this.#samples++
    this.#send({ type: 'sample', number })
    return new Promise((resolve) => {
      this.#asked.set(number, resolve)
      setTimeout(() => this.#answer(number, null), SAMPLE_MS).unref()
    })
  }

  /** Sends the metrics that it has asked for with 'gather'. */
  gathered(number, families) {
    this.#send({ type: 'gathered', number, families })
  }

  /** Tells it to announce its end, but to go on serving. */
  announceEnd() {
    this.#send({ type: 'announce' })
  }

  /**
   * Tells it to finish its responses and then to end.
   *
   * @param {object} times in ms.
   * @param {number} times.grace until responses under way are cut off.
   * @param {number} times.idle that a connection must be idle before it is closed.
   * @param {number} times.slack after `grace` until the process is killed.
   */
  end({ grace, idle, slack }) {
    this.#isLeaving = true
    this.#send({ type: 'end', grace, idle })
    if (!this.#hasExited) this.#killer = setTimeout(() => this.#overdue(), grace + slack)
  }

  /**
   * Ends it. A worker that was never told to accept connections is killed: it has nothing to finish, and it may not receive
   * messages while it imports the app.
   *
   * @param {object} times see `end`.
   */
  dismiss(times) {
    if (this.#mayHaveConnections) this.end(times)
    else this.kill()
  }

  /** Ends it at once. */
  kill() {
    this.#isLeaving = true
    this.#child.kill('SIGKILL')
  }

  #overdue() {
    this.#isOverdue = true
    this.kill()
  }

  #send(message) {
    // A message may not reach a process that is ending. Its exit then settles everything.
    if (this.#child.connected) this.#child.send(message, ignore)
  }

  #heard(type, value) {
    if (type === 'sampled') {
      // Without a number it is the last sample: the worker waits for this reply before it ends.
      if (value.number === null) this.#send({ type: 'heard' })
      else this.#answer(value.number, value.sample)
    }
    if (type === 'limit') this.#hasReachedLimit = true
    if (type === 'listening' || type === 'failed') this.#settle(type)
    this.emit(type, value)
  }

  /** Resolves a pending call of `sample`. */
  #answer(number, sample) {
    this.#asked.get(number)?.(sample)
    this.#asked.delete(number)
  }

  #settle(state) {
    if (this.#state !== 'starting') return
    this.#state = state
    this.emit('outcome')
  }

  #exited(code, signal) {
    if (this.#hasExited) return
    this.#hasExited = true
    this.#ending = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
    clearTimeout(this.#killer)
    this.#settle('ended')
    for (const number of this.#asked.keys()) this.#answer(number, null)
    this.emit('exit')
  }
}

/** The stdin of a worker: never the listening socket itself, because inheriting it as stdin makes it blocking. */
function inputOf({ fd }) {
  return fd === 0 ? 'ignore' : 'inherit'
}

function ignore() {}

module.exports = { WorkerProcess }
