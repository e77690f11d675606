// Calls to Python for an application as a whole: its startup and its shutdown.
'use strict'

const { setTimeout, clearTimeout } = require('./clock')
const { create } = require('./errors')
const slots = require('./slots')
const queues = require('./submission-queues')

class Controls {
  // Callbacks by the token of their call.
  #waiting = new Map()
  #nextToken = 1

  /**
   * Makes a call, after all commands written so far.
   * @param {(token: number) => void} start begins it
   * @param {number} timeout ms; 0 for no limit
   * @param {string} what the call's name in the error message
   * @returns {Promise<void>} rejects with Python's error, or with ERR_ASGI_LIFESPAN after the timeout
   */
  call(start, timeout, what) {
    return new Promise((resolve, reject) => {
      const token = this.#nextToken++
      let timer
      const settle = (error) => {
        this.#waiting.delete(token)
        clearTimeout(timer)
        slots.unref()
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#waiting.set(token, settle)
      slots.ref()
      if (timeout > 0) {
        timer = setTimeout(() => {
          settle(create('ERR_ASGI_LIFESPAN', `${what} took longer than ${timeout} ms, the option lifespanTimeout`))
          slots.applyRef()
        }, timeout)
      }
      for (const queue of queues.all) queue.submit()
      start(token)
    })
  }

  /** Called when a call has ended; ignored if it has timed out. */
  ended(token, error) {
    this.#waiting.get(token)?.(error)
  }
}

module.exports = new Controls()
