'use strict'

/** Milliseconds after which a worker that ends has not ended soon. */
const LONG_LIFE_MS = 10_000

const FIRST_MS = 100
const LONGEST_MS = 5000

/** Says how long to wait before a worker is replaced: not at all at first, and longer while they end soon. */
class Backoff {
  #failures = 0

  /**
   * Counts an end.
   *
   * @param {number} life milliseconds that the worker has served; 0 when it never did.
   * @returns {number} milliseconds to wait.
   */
  next(life) {
    if (life >= LONG_LIFE_MS) this.#failures = 0
    const failures = this.#failures++
    return failures === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  }
}

module.exports = { Backoff }
