// How much of a request's body may wait for the application before whoever writes it has to wait.
'use strict'

const { Window, budgets } = require('./window')

/** How many times its size is taken without anything running out, until a window is narrow again. */
const PATIENCE = 4

/**
 * The window of a body whose writer had to wait: `highWaterMark`, and wider while the application has taken everything
 * before there is more: then only the way from thread to thread and back holds it, for each chunk.
 */
class UploadWindow extends Window {
  #wasFull = true
  // Bytes that were taken since nothing was left.
  #taken = 0

  /** @param {number} highWaterMark bytes */
  constructor(highWaterMark) {
    super(highWaterMark, budgets.uploads)
  }

  /** The writer has to wait. */
  fill() {
    this.#wasFull = true
  }

  /**
   * The application has taken bytes.
   * @param {number} bytes
   * @param {number} left how many wait still
   */
  take(bytes, left) {
    if (left > 0) {
      this.#taken += bytes
      // There was always something for it: it is slower than the writer.
      if (this.#taken > PATIENCE * this.size) this.narrow()
      return
    }
    this.#taken = 0
    if (this.#wasFull) this.widen()
    this.#wasFull = false
  }
}

module.exports = { UploadWindow }
