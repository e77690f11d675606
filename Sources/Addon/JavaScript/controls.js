// Calls of the host that concern an application and no request: its startup and its shutdown.
'use strict'

const { setTimeout, clearTimeout } = require('./clock')
const { dispatchers } = require('./dispatcher')
const { create } = require('./errors')
const slots = require('./slots')

class Controls {
  // What is to be called with the end of each call, by its token.
  #waiting = new Map()
  #nextToken = 1

  /**
   * Makes a call after all commands that were written before.
   * @param {(token: number) => void} start begins it
   * @param {number} timeout ms; 0: no limit
   * @param {string} what for the error's message
   * @returns {Promise<void>} rejects with the host's error, or with ERR_ASGI_LIFESPAN when the time is over
   */
  call(start, timeout, what) {
    return new Promise((resolve, reject) => {
      const token = this.#nextToken++
      let timer
      const settle = (error) => {
        this.#waiting.delete(token)
        clearTimeout(timer)
        slots.letGo()
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#waiting.set(token, settle)
      slots.hold()
      if (timeout > 0) {
        timer = setTimeout(() => {
          settle(create('ERR_ASGI_LIFESPAN', `${what} took longer than ${timeout} ms`))
          slots.tell()
        }, timeout)
      }
      for (const dispatcher of dispatchers) dispatcher.submit()
      start(token)
    })
  }

  /** The end of a call: nothing for one whose time was over before. */
  ended(token, error) {
    this.#waiting.get(token)?.(error)
  }
}

module.exports = new Controls()
