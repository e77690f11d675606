'use strict'

/** The ms that a worker has to serve so that its end does not count as a quick failure. */
const LONG_LIFE_MS = 10_000

const FIRST_MS = 100
const LONGEST_MS = 5000

/**
 * Exponential backoff for restarts of workers: the first restart is immediate, and each quick failure doubles the
 * delay.
 */
class Backoff {
  #failures = 0

  /**
   * Counts the end of a worker.
   *
   * @param {number} life ms that the worker has served; 0 if it never did.
   * @returns {number} ms to wait before the next one is started.
   */
  next(life) {
    if (life >= LONG_LIFE_MS) this.#failures = 0
    const failures = this.#failures++
    return failures === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  }
}

module.exports = { Backoff }
