// How much may wait for whoever takes it, before whoever makes it has to wait.
'use strict'

/** How many times its `highWaterMark` a window may be, and bytes beyond which none becomes wider. */
const TIMES = 4
const WIDEST = 256 << 10
const BUDGET = 16 << 20

/** Bytes that all windows of a kind and a thread together may be wider than their `highWaterMark`. */
class Budget {
  constructor() {
    this.left = BUDGET
  }

  get borrowed() {
    return BUDGET - this.left
  }
}

/** `highWaterMark`, and more while everything is taken at once. */
class Window {
  #highWaterMark
  #budget

  /**
   * @param {number} highWaterMark bytes
   * @param {Budget} budget what it is wider is borrowed there
   */
  constructor(highWaterMark, budget) {
    this.#highWaterMark = highWaterMark
    this.#budget = budget
    /** Bytes that may wait. */
    this.size = highWaterMark
  }

  /** As wide as it may be, where the budget has that much. */
  widen() {
    const more = Math.min(TIMES * this.#highWaterMark, WIDEST) - this.size
    if (more <= 0 || more > this.#budget.left) return
    this.#budget.left -= more
    this.size += more
  }

  /** Back to `highWaterMark`: whoever takes is slow, or all is over. */
  narrow() {
    this.#budget.left += this.size - this.#highWaterMark
    this.size = this.#highWaterMark
  }
}

const budgets = Object.freeze({ uploads: new Budget(), responses: new Budget() })

/** Bytes that windows are wider than their `highWaterMark`, for the tests. */
const borrowed = () => budgets.uploads.borrowed + budgets.responses.borrowed

module.exports = { Window, budgets, borrowed }
