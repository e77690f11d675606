'use strict'

/**
 * How long many calls took, kept so that keeping them costs no collector anything: hundreds of thousands of numbers in a
 * JavaScript array, and a copy of it to sort, would have V8 mark its heap on the processor that Python needs.
 */
class Times {
  #values = new Float64Array(1 << 20)
  #count = 0

  get count() {
    return this.#count
  }

  /** @param {number} milliseconds */
  add(milliseconds) {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = milliseconds
  }

  /**
   * The smallest of the times that a share of them does not exceed. No time can be added after.
   *
   * @param {number} share from 0 to 1.
   * @returns {number} ms
   */
  percentile(share) {
    if (this.#count === 0) throw new Error('there is nothing to take a share of')
    // Numbers in their order, in place.
    const sorted = this.#values.subarray(0, this.#count).sort()
    return sorted[Math.max(0, Math.ceil(share * this.#count) - 1)]
  }
}

module.exports = { Times }
