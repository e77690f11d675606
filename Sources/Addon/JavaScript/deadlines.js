// Deadlines for `http.response.start`, with one timer per handler.
'use strict'

const completionQueue = require('./completion-queue')
const { setTimeout, performance, turn } = require('./clock')
const { create } = require('./errors')
const { ENDED, OPEN } = require('./states')

/**
 * A linked list of exchanges in the order of their deadlines, which is the order of their opening, because all exchanges of
 * a handler have the same timeout.
 */
class Deadlines {
  #timeout
  #option
  #first = null
  #last = null
  #timer = null

  /**
   * @param {number} timeout ms; 0 for no limit
   * @param {string} option the option that sets it
   */
  constructor(timeout, option) {
    this.#timeout = timeout
    this.#option = option
  }

  add(exchange) {
    if (this.#timeout === 0) return
    exchange.deadline = turn.now() + this.#timeout
    exchange.before = this.#last
    if (this.#last === null) this.#first = exchange
    else this.#last.after = exchange
    this.#last = exchange
    if (this.#timer === null) this.#arm(this.#timeout)
  }

  remove(exchange) {
    if (exchange.deadline === 0) return
    exchange.deadline = 0
    if (exchange.before === null) this.#first = exchange.after
    else exchange.before.after = exchange.after
    if (exchange.after === null) this.#last = exchange.before
    else exchange.after.before = exchange.before
    exchange.before = exchange.after = null
  }

  #arm(delay) {
    this.#timer = setTimeout(() => this.#check(), Math.max(1, Math.ceil(delay)))
    // Requests in flight keep the process alive, not their timer.
    this.#timer.unref()
  }

  #check() {
    this.#timer = null
    const moment = performance.now()
    // If this thread was busy, the answer may have arrived in time.
    if (this.#first !== null && this.#first.deadline <= moment) completionQueue.catchUp()
    while (this.#first !== null && this.#first.deadline <= moment) {
      const exchange = this.#first
      this.remove(exchange)
      expire(exchange, noResponse(this.#timeout, this.#option))
    }
    if (this.#first !== null) this.#arm(this.#first.deadline - moment)
  }
}

/** The error of an exchange whose time is over. */
function noResponse(timeout, option) {
  return create('ERR_ASGI_NO_RESPONSE', `No response sent within ${timeout} ms, the option ${option}`)
}

/** Fails an exchange that got no http.response.start in time. */
function expire(exchange, error) {
  if (exchange.state !== OPEN) return
  exchange.application.statistics.errors++
  try {
    exchange.observer?.failed(error)
    exchange.abort()
    exchange.onFail(error)
    if (exchange.state !== ENDED) exchange.close()
  } catch (second) {
    exchange.broken(second)
  }
}

module.exports = { Deadlines, noResponse }
