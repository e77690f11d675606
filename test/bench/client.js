'use strict'

/** ms beyond the duration of a task after which it is considered to hang. */
const LIMIT_MS = 180_000

/** A child process that is given tasks, one at a time, and answers each with its measurement. */
class Client {
  #name
  #send
  #stop
  // Settles the promise of the answer, null while none is awaited.
  #waiting = null
  #ending = null

  /**
   * @param {string} name
   * @param {import('node:child_process').ChildProcess} child
   * @param {(task: object | number) => void} send
   * @param {() => Promise<void>} stop
   */
  constructor(name, child, send, stop) {
    this.#name = name
    this.#send = send
    this.#stop = stop
    /** @type {number} */
    this.pid = child.pid
    child.once('exit', (code, signal) => {
      this.#ending = `${name} ended (${signal ?? code})`
      this.#settle(({ reject }) => reject(new Error(this.#ending)))
    })
  }

  /**
   * Gives it a task.
   *
   * @param {object | number} task
   * @returns {Promise<object>} its measurement; rejects with the error that it met.
   */
  call(task) {
    const result = this.answer()
    this.#send(task)
    return result
  }

  /** Resolves with the next answer. */
  answer() {
    if (this.#ending !== null) return Promise.reject(new Error(this.#ending))
    return new Promise((resolve, reject) => {
      const late = () => this.#settle(() => reject(new Error(`${this.#name} has not answered in ${LIMIT_MS} ms`)))
      this.#waiting = { resolve, reject, timer: setTimeout(late, LIMIT_MS).unref() }
    })
  }

  /** Takes an answer: the process that started the child calls it. */
  answered(answer) {
    this.#settle(({ resolve, reject }) => {
      if (answer.error === undefined) resolve(answer)
      else reject(new Error(`${this.#name}: ${answer.error}`))
    })
  }

  /** Ends the process. */
  stop() {
    return this.#stop()
  }

  #settle(action) {
    if (this.#waiting === null) return
    clearTimeout(this.#waiting.timer)
    const waiting = this.#waiting
    this.#waiting = null
    action(waiting)
  }
}

module.exports = { Client }
