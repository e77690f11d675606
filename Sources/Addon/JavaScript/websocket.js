// WebSockets as messages, without frames.
'use strict'

const { octets } = require('./checks')
const { create } = require('./errors')
const { Exchange } = require('./exchange')
const slots = require('./slots')
const { ENDED, NEW, OPEN, STARTED } = require('./states')

/** Bytes of messages that may be queued for a slow application; the option wsQueue limits their number. */
const MAX_QUEUED = 1 << 20
const ABNORMAL_CLOSURE = 1006
/** The longest message in bytes, because a record's length has 32 bits. */
const MAX_LENGTH = 0xffffffff
const SERVICE_RESTART = 1012
/** The bytes that a short message counts as, in JavaScript and Swift, because of its overhead. */
const MIN_COST = 64

/** How many bytes a message counts as when it is credited. @param {number} length bytes */
const messageCost = (length) => Math.max(MIN_COST, length)

/**
 * One WebSocket on the JavaScript thread. It is accepted (`onAccept`), refused (`onClose` before that), or denied with an
 * HTTP response (`onStart`, `onData`, `onEnd`). None of the `on…` methods may throw.
 */
class WebSocketExchange extends Exchange {
  /** Whether the application has accepted. */
  accepted = false
  // Messages that the application has not received.
  #messages = 0

  /** `websocket.accept`. @param {string} subprotocol '' for none @param {object} head a Head */
  onAccept(_subprotocol, _head) {}

  /** `websocket.send`. @param {Buffer} data @param {boolean} isText the data is UTF-8 */
  onMessage(_data, _isText) {}

  /** `websocket.close`. Before onAccept it refuses the handshake. The last call. */
  onClose(_code, _reason) {}

  /** The handler is closing. Called right before the disconnect. */
  onShutdown() {}

  /** @internal */
  accept(subprotocol, head) {
    this.state = STARTED
    this.accepted = true
    this.onAccept(subprotocol, head)
  }

  /**
   * A message from the client.
   * @param {Buffer} data must not change in this turn of the event loop
   * @param {boolean} isText the data is valid UTF-8
   * @param {boolean} [isBorrowed] it is copied before this returns, and may change then
   * @returns {boolean} false: wait for onDrain
   */
  message(data, isText, isBorrowed = false) {
    data = octets(data)
    if (data.length > MAX_LENGTH) {
      throw create('ERR_ASGI_INVALID_BODY', 'A message is longer than 4 GiB: send it in parts')
    }
    if (this.state === ENDED || this.state === NEW) return true
    this.queued += data.length
    this.#messages++
    this.application.statistics.bytesIn += data.length
    this.submissions.message(this.slot, data, isText, isBorrowed)
    this.blocked = this.isFull
    return !this.blocked
  }

  /** The client has closed (1005 without a code) or was lost (1006). No more `on…` methods are called. */
  disconnect(code, reason) {
    if (this.state === ENDED || this.state === NEW) return
    const { slot } = this
    if (this.leave(code)) this.submissions.disconnect(slot, code, reason)
    slots.applyRef()
  }

  abort() {
    this.disconnect(ABNORMAL_CLOSURE, '')
  }

  /** @internal The application has received a message. */
  uploaded(bytes) {
    super.uploaded(bytes)
    this.#messages--
  }

  get isFull() {
    return this.#messages > this.application.options.wsQueue || this.queued > MAX_QUEUED
  }

  /** @internal */
  shutDown() {
    const wasOpen = this.state === OPEN || this.state === STARTED
    this.onShutdown()
    if (wasOpen) this.disconnect(SERVICE_RESTART, '')
    if (!this.accepted) this.onFail(create('ERR_ASGI_CLOSED'))
  }
}

module.exports = { WebSocketExchange, messageCost }
