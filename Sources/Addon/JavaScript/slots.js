// The table of a thread's exchanges, and the reference count that keeps Node's event loop alive.
'use strict'

const native = require('native')
const { ENDED } = require('./states')

class Slots {
  /** Exchanges by slot. A slot is reused after its application has returned. */
  exchanges = []
  #free = []
  // References of exchanges that are not aborted, control calls and servers.
  #references = 0
  #isReferenced = false

  allocate(exchange) {
    const slot = this.#free.length > 0 ? this.#free.pop() : this.exchanges.length
    this.exchanges[slot] = exchange
    exchange.slot = slot
    return slot
  }

  release(slot) {
    this.exchanges[slot].slot = -1
    this.exchanges[slot] = null
    this.#free.push(slot)
  }

  /** The number of slots in use, for tests. */
  get live() {
    let count = 0
    for (const exchange of this.exchanges) if (exchange !== null) count++
    return count
  }

  /** Drops the references of all exchanges of an application. */
  unrefAll(application) {
    for (const exchange of this.exchanges) {
      if (exchange === null || exchange.application !== application || exchange.isGivenUp) continue
      exchange.isGivenUp = true
      this.unref()
    }
    this.applyRef()
  }

  /** Aborts all exchanges of an application; each rejects with ERR_ASGI_CLOSED. */
  abortAll(application) {
    for (const exchange of this.exchanges) {
      if (exchange === null || exchange.application !== application || exchange.state === ENDED) continue
      try {
        exchange.shutDown()
      } catch (error) {
        exchange.broken(error)
      }
    }
  }

  /** Adds a reference. It takes effect with the next `applyRef`, which must follow in this turn or the next. */
  ref() {
    this.#references++
  }

  /** Removes a reference, at the next `applyRef`. */
  unref() {
    this.#references--
  }

  /**
   * Refs or unrefs Node's event loop if that has changed. Separate from `ref`, because a request that is answered in the
   * same turn then needs no call.
   */
  applyRef() {
    if (this.#isReferenced === (this.#references > 0)) return
    this.#isReferenced = !this.#isReferenced
    native.setRef(this.#isReferenced)
  }
}

module.exports = new Slots()
