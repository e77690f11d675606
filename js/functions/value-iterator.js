'use strict'

/** Iterates over a Python generator, with backpressure. */
class ValueIterator {
  #connection

  /** @param {import('../raw/connection').Connection} connection its events are the values. */
  constructor(connection) {
    this.#connection = connection
  }

  /**
   * Returns the next value.
   *
   * @returns {Promise<IteratorResult<any>>} rejects with the generator's exception (`ERR_ASGI_PYTHON`), or with the signal's
   *   reason.
   */
  async next() {
    const event = await this.#connection.receive()
    return event === null ? { done: true, value: undefined } : { done: false, value: event[0] }
  }

  /**
   * Closes the generator.
   *
   * @param {any} [value]
   * @returns {Promise<IteratorResult<any>>} resolves when it is closed.
   */
  async return(value) {
    await this.#connection.close()
    return { done: true, value }
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

module.exports = { ValueIterator }
