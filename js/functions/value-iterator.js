'use strict'

/** The values of a Python generator, which waits when they are not taken. */
class ValueIterator {
  #connection

  /** @param {import('../raw/connection').Connection} connection whose events are values from now on. */
  constructor(connection) {
    this.#connection = connection
  }

  /**
   * Gives the next value.
   *
   * @returns {Promise<IteratorResult<any>>} rejects with what the generator has raised (`ERR_ASGI_PYTHON`), or with the
   *   signal's reason.
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
