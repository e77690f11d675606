'use strict'

const { SECONDS } = require('./bounds')
const { Histogram } = require('./families')

/** ms between two looks at the event loop: more of them would be felt where nothing else is to be done. */
const INTERVAL = 50

/** Measures how late the event loop of JavaScript is. */
class LoopDelay {
  #delays = new Histogram(SECONDS)
  #last = performance.now()
  #timer = setInterval(() => this.#look(), INTERVAL).unref()

  /** @returns {import('./families').Family} */
  family() {
    return this.#delays.family(
      'nodejs_eventloop_delay_seconds',
      `How late the event loop of JavaScript runs what is due, measured every ${INTERVAL} ms.`,
    )
  }

  /** Measures no more. */
  close() {
    clearInterval(this.#timer)
  }

  #look() {
    const now = performance.now()
    this.#delays.observe(Math.max(0, now - this.#last - INTERVAL) / 1000)
    this.#last = now
  }
}

module.exports = { LoopDelay }
