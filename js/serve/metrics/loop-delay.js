'use strict'

const { SECONDS } = require('./bounds')
const { Histogram } = require('./families')

/** ms between two measurements. A shorter interval would cost noticeable CPU time in an idle process. */
const INTERVAL = 50

/** Measures the delay of the event loop of JavaScript. */
class LoopDelay {
  #delays = new Histogram(SECONDS)
  #last = performance.now()
  #timer = setInterval(() => this.#look(), INTERVAL).unref()

  /** @returns {import('./families').Family} */
  family() {
    return this.#delays.family(
      'nodejs_eventloop_delay_seconds',
      `Delay of the event loop of JavaScript, measured every ${INTERVAL} ms.`,
    )
  }

  /** Stops its timer. */
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
