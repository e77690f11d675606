'use strict'

const { fork } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const path = require('node:path')

/** Milliseconds that a worker has to say what it counts. */
const SAMPLE_MS = 1000

const PROGRAM = path.join(__dirname, 'worker.js')

/** The descriptors of the listening sockets in the worker, which come last in its `stdio`. */
const OWN_SOCKET = 4
const NEXT_SOCKET = 5

/**
 * A worker as its parent sees it: a process that inherits a listening socket, loads the app once it is told to and accepts
 * connections then, and ends when it is told to, when its app does not start, or when its parent has ended.
 *
 * Emits 'ready' when it accepts connections, 'failed' with `{ message, details }` when the app has not started, 'limit' when
 * it asks to be replaced, 'gather' with a number when it asks for the metrics of all, 'sampled' with `{ number, sample }`,
 * its own, 'closed' when it accepts no more, and 'exit'.
 */
class WorkerProcess extends EventEmitter {
  #settings
  #child
  #state = 'starting'
  #hasExited = false
  #ending = ''
  #isLeaving = false
  #standsIn = false
  #isOverdue = false
  #killer = null
  // Callers that wait for a sample, by its number.
  #asked = new Map()
  #samples = 0

  /**
   * Starts the process: it loads Node and the addon, and not the app.
   *
   * @param {object} settings those of the command.
   * @param {number[]} sockets the descriptors that it inherits, see Sockets.
   */
  constructor(settings, sockets) {
    super()
    this.#settings = { ...settings, fd: OWN_SOCKET }
    const child = fork(PROGRAM, { stdio: [inputOf(settings), 'inherit', 'inherit', 'ipc', ...sockets] })
    this.#child = child
    child.on('message', ({ type, value }) => this.#heard(type, value))
    child.on('exit', (code, signal) => this.#exited(code, signal))
    // One that could not be started has no exit. Everything else that can go wrong ends it, and is told then.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#exited(error.code, null)
    })
  }

  /** The process id; undefined when it could not be started. */
  get pid() {
    return this.#child.pid
  }

  /** Whether it has been told to end. */
  get isLeaving() {
    return this.#isLeaving
  }

  /** Whether it was killed because it did not end by itself when it should have. */
  get isOverdue() {
    return this.#isOverdue
  }

  /** How it has ended, in words; empty while it has not. */
  get ending() {
    return this.#ending
  }

  /** Whether its app has started. */
  get isReady() {
    return this.#state === 'ready'
  }

  /** Whether its app did not start. */
  get hasFailed() {
    return this.#state === 'failed'
  }

  /** Resolves with whether its app has started, as soon as this is known. */
  async outcome() {
    if (this.#state === 'starting') await once(this, 'outcome')
    return this.#state === 'ready'
  }

  /** Resolves when the process has ended. */
  async ended() {
    if (!this.#hasExited) await once(this, 'exit')
  }

  /** Tells it to load Python, and not yet the app. */
  warm() {
    this.#send({ type: 'warm', settings: this.#settings })
  }

  /** Tells it to load the app and to serve. */
  load() {
    this.#send({ type: 'load', settings: this.#settings })
  }

  /**
   * Tells it to serve a page that says why there is no app.
   *
   * @param {{ message: string, details: string[] }} failure
   */
  explain(failure) {
    this.#send({ type: 'explain', settings: this.#settings, failure })
  }

  /**
   * Tells it whether to accept the connections of the next worker, too.
   *
   * @param {boolean} isNeeded
   */
  standIn(isNeeded) {
    if (this.#standsIn === isNeeded) return
    this.#standsIn = isNeeded
    this.#send({ type: 'standIn', socket: isNeeded ? NEXT_SOCKET : null })
  }

  /**
   * Asks what it measures, which 'sampled' tells, too.
   *
   * @returns {Promise<object | null>} see ServerMetrics; `null` when it is too busy to say, or ends.
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

  /** Gives it the metrics that it has asked for with 'gather'. */
  gathered(number, families) {
    this.#send({ type: 'gathered', number, families })
  }

  /** Tells it to serve on, and to say that it is about to end. */
  announceEnd() {
    this.#send({ type: 'announce' })
  }

  /**
   * Tells it to finish what is under way and to end.
   *
   * @param {object} times in milliseconds.
   * @param {number} times.grace when requests that are under way are cut off.
   * @param {number} times.idle how long a connection has to be idle before it is closed.
   * @param {number} times.slack how long after its grace the process is killed, if it has not ended by itself.
   */
  end({ grace, idle, slack }) {
    this.#isLeaving = true
    this.#send({ type: 'end', grace, idle })
    if (!this.#hasExited) this.#killer = setTimeout(() => this.#overdue(), grace + slack)
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
    // What does not reach a process that is ending is settled by its exit.
    if (this.#child.connected) this.#child.send(message, ignore)
  }

  #heard(type, value) {
    if (type === 'sampled') {
      // Its last one, without having been asked: it waits with its end.
      if (value.number === null) this.#send({ type: 'heard' })
      else this.#answer(value.number, value.sample)
    }
    if (type === 'ready' || type === 'failed') this.#settle(type)
    this.emit(type, value)
  }

  /** Gives a sample to the caller that waits for it, if there still is one. */
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

/** What it reads as its input: not the listening socket itself, which would be made a blocking one. */
function inputOf({ fd }) {
  return fd === 0 ? 'ignore' : 'inherit'
}

function ignore() {}

module.exports = { WorkerProcess }
