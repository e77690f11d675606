'use strict'

/** A queue of items from an app. Several reads may be pending at once. */
class PullQueue {
  #taken
  #failsOnce
  #items = []
  // The index of the first unread item.
  #first = 0
  // Pending reads: { resolve, reject }.
  #readers = []
  #isOver = false
  #failure = null

  /**
   * @param {(item: any) => any} taken called for each item that is read; returns what the reader gets.
   * @param {boolean} [failsOnce] only one reader gets the failure; the others get `null`.
   */
  constructor(taken, failsOnce = false) {
    this.#taken = taken
    this.#failsOnce = failsOnce
  }

  /** Whether all items were read. */
  get isEmpty() {
    return this.#first === this.#items.length
  }

  /** The failure, `{ reason }`, or `null`. */
  get failure() {
    return this.#failure
  }

  push(item) {
    if (this.#readers.length === 0) this.#items.push(item)
    else this.#readers.shift().resolve(this.#taken(item))
  }

  /**
   * Reads the next item.
   *
   * @returns {Promise<any>} `null` after the last one; if there is a failure, it rejects with its reason instead.
   */
  take() {
    if (!this.isEmpty) return Promise.resolve(this.#shift())
    return new Promise((resolve, reject) => {
      if (this.#isOver) this.#settle(resolve, reject)
      else this.#readers.push({ resolve, reject })
    })
  }

  /** Drops unread items. */
  clear() {
    this.#items = []
    this.#first = 0
  }

  /**
   * Marks the end of the items.
   *
   * @param {{ reason: any } | null} failure
   */
  end(failure) {
    this.#isOver = true
    this.#failure = failure
    const readers = this.#readers
    this.#readers = []
    for (const { resolve, reject } of readers) this.#settle(resolve, reject)
  }

  #settle(resolve, reject) {
    const failure = this.#failure
    if (this.#failsOnce) this.#failure = null
    if (failure === null) resolve(null)
    else reject(failure.reason)
  }

  #shift() {
    const item = this.#items[this.#first]
    this.#items[this.#first++] = undefined
    if (this.isEmpty) this.clear()
    return this.#taken(item)
  }
}

module.exports = { PullQueue }
