// One call of the application with a scope of any type, on the JavaScript thread: events pass as they are.
;(function (core) {
  'use strict'

  const { ENDED, NEW, STARTED } = core.states
  /** Bytes of events that may wait for a slow application. */
  const MOST_QUEUED = 1 << 20

  /** One call with a scope of any type. None of the `on…` methods may throw. */
  class RawExchange extends core.Exchange {
    /** An event of the application's. @param {Buffer} data see core.values */
    onMessage(_data, _isText) {}

    /** The application has returned. */
    onClose(_code, _reason) {}

    /**
     * Sends an event.
     * @param {Buffer} data see core.values
     * @returns {boolean} false: wait for onDrain
     */
    event(data) {
      if (this.state === ENDED || this.state === NEW) return true
      this.queued += data.length
      this.handler.statistics.bytesIn += data.length
      core.dispatcher.message(this.slot, data, true)
      this.blocked = this.isFull
      return !this.blocked
    }

    acknowledge(bytes) {
      // There is no start to wait for.
      if (this.state !== ENDED) this.state = STARTED
      super.acknowledge(bytes)
    }

    get isFull() {
      return this.queued > MOST_QUEUED
    }
  }

  core.RawExchange = RawExchange
})
//# sourceURL=python-node/core/raw.js
