// Flow-control windows: how many bytes may be queued before the producer has to wait.
'use strict'

/** A window grows to GROWTH times its `highWaterMark`, but not beyond MAX_SIZE bytes. */
const GROWTH = 4
const MAX_SIZE = 256 << 10
const BUDGET = 16 << 20

/** The bytes by which all windows of a thread for uploads, or for responses, may together exceed their `highWaterMark`. */
class Budget {
  constructor() {
    this.left = BUDGET
  }

  get borrowed() {
    return BUDGET - this.left
  }
}

/** A window of `highWaterMark` bytes, which grows for a fast consumer. */
class Window {
  #highWaterMark
  #budget

  /**
   * @param {number} highWaterMark bytes
   * @param {Budget} budget lends the bytes above `highWaterMark`
   */
  constructor(highWaterMark, budget) {
    this.#highWaterMark = highWaterMark
    this.#budget = budget
    /** Bytes that may be queued. */
    this.size = highWaterMark
  }

  /** Grows to its limit if the budget allows it. */
  widen() {
    const more = Math.min(GROWTH * this.#highWaterMark, MAX_SIZE) - this.size
    if (more <= 0 || more > this.#budget.left) return
    this.#budget.left -= more
    this.size += more
  }

  /** Shrinks to `highWaterMark`, and returns the rest to the budget. */
  narrow() {
    this.#budget.left += this.size - this.#highWaterMark
    this.size = this.#highWaterMark
  }
}

const budgets = Object.freeze({ uploads: new Budget(), responses: new Budget() })

/** The bytes that all windows have borrowed from the budgets, for tests. */
const borrowed = () => budgets.uploads.borrowed + budgets.responses.borrowed

module.exports = { Window, budgets, borrowed }
