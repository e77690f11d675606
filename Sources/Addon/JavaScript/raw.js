// Calls of the application with a scope of any type, whose events are sent unchanged.
'use strict'

const { Exchange } = require('./exchange')
const { ENDED, NEW, STARTED } = require('./states')

/** Bytes of events that may be queued for a slow application. */
const MAX_QUEUED = 1 << 20

/** One call with a scope of any type. None of the `on…` methods may throw. */
class RawExchange extends Exchange {
  /**
   * An event from the application.
   * @param {Buffer} data see value-reader.js
   * @param {boolean} isEvent false for a block that the next event refers to
   */
  onMessage(_data, _isEvent) {}

  /** The application has returned. */
  onClose(_code, _reason) {}

  /**
   * Sends an event.
   * @param {object} writer a ValueWriter with the event
   * @returns {boolean} false: wait for onDrain
   */
  event(writer) {
    if (this.state === ENDED || this.state === NEW) return true
    this.queued += writer.total
    this.post(writer)
    this.blocked = this.isFull
    return !this.blocked
  }

  /** Sends a writer's blocks and then its data. Both are copied before this returns. */
  post({ blocks, data, total }) {
    this.application.statistics.bytesIn += total
    for (const block of blocks) this.submissions.message(this.slot, block, false, true)
    this.submissions.message(this.slot, data, true, true)
  }

  credit(bytes) {
    // Raw exchanges have no `http.response.start`.
    if (this.state !== ENDED) this.state = STARTED
    super.credit(bytes)
  }

  get isFull() {
    return this.queued > MAX_QUEUED
  }
}

module.exports = { RawExchange }
