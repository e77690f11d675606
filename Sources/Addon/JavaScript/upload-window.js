// Flow control of request bodies.
'use strict'

const { Window, budgets } = require('./window')

/** A window narrows after this many times its size was received without the queue ever being empty. */
const NARROW_AFTER = 4

/**
 * The window of a request's body. It is wider than `highWaterMark` while the application empties the queue faster than the
 * writer fills it, because then the round trip between the threads limits the speed.
 */
class UploadWindow extends Window {
  #wasFull = true
  // Bytes received since the queue was last empty.
  #received = 0

  /** @param {number} highWaterMark bytes */
  constructor(highWaterMark) {
    super(highWaterMark, budgets.uploads)
  }

  /** A write has exceeded the limit. */
  fill() {
    this.#wasFull = true
  }

  /**
   * The application has received bytes.
   * @param {number} bytes
   * @param {number} left how many are still queued
   */
  received(bytes, left) {
    if (left > 0) {
      this.#received += bytes
      // The queue was never empty: the application is slower than the writer.
      if (this.#received > NARROW_AFTER * this.size) this.narrow()
      return
    }
    this.#received = 0
    if (this.#wasFull) this.widen()
    this.#wasFull = false
  }
}

module.exports = { UploadWindow }
