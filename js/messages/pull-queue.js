'use strict'

/** What an app has sent, until somebody takes it: read with promises, of which several may wait. */
class PullQueue {
  #taken
  #failsOnce
  #items = []
  // Index of the first item that nobody has taken.
  #first = 0
  // Readers that wait: { resolve, reject }.
  #readers = []
  #isOver = false
  #failure = null

  /**
   * @param {(item: any) => any} taken called for each item that is taken: gives what its reader gets.
   * @param {boolean} [failsOnce] one reader gets the failure, and the others `null`.
   */
  constructor(taken, failsOnce = false) {
    this.#taken = taken
    this.#failsOnce = failsOnce
  }

  /** Whether everything was taken. */
  get isEmpty() {
    return this.#first === this.#items.length
  }

  /** What it has failed with, `{ reason }`; `null` where it has not. */
  get failure() {
    return this.#failure
  }

  push(item) {
    if (this.#readers.length === 0) this.#items.push(item)
    else this.#readers.shift().resolve(this.#taken(item))
  }

  /**
   * Gives the next item.
   *
   * @returns {Promise<any>} `null` after the last; rejects with the failure's reason instead, where there is one.
   */
  take() {
    if (!this.isEmpty) return Promise.resolve(this.#shift())
    return new Promise((resolve, reject) => {
      if (this.#isOver) this.#settle(resolve, reject)
      else this.#readers.push({ resolve, reject })
    })
  }

  /** Drops what nobody has taken. */
  clear() {
    this.#items = []
    this.#first = 0
  }

  /**
   * Nothing follows what is in here.
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
