// The base class of requests in flight.
'use strict'

const { flag_fastConsumer: FAST, flag_slowConsumer: SLOW } = require('native').records
const { octets } = require('./checks')
const { create } = require('./errors')
const { NO_HEAD } = require('./heads')
const { uncaught } = require('./reports')
const slots = require('./slots')
const { ENDED, NEW, STARTED } = require('./states')
const { UploadWindow } = require('./upload-window')

/**
 * One request and its response, on the JavaScript thread. Subclasses receive the response in `on…` methods. If one throws,
 * because it calls a function of the program which throws, the exchange fails: see `broken`.
 *
 * `Application.open` opens it. It ends when the response is complete, failed or aborted.
 */
class Exchange {
  constructor() {
    /** One of states.js. */
    this.state = NEW
    /** Bytes of the request's body that the application has not received. */
    this.queued = 0
    /** @internal Its index in this thread's table, -1 if none, and its application. */
    this.slot = -1
    this.submissions = null
    this.application = null
    this.bodyOpen = false
    this.blocked = false
    /** @internal Limits the request's body; made when a write is over the limit for the first time. */
    this.window = null
    this.isGivenUp = false
    /** @internal Whether its application counts it as in flight. */
    this.isInFlight = false
    this.isBuffered = false
    /** @internal The reader of a file that is being sent as part of the body. */
    this.reading = null
    /** Notified of the exchange's progress: an Observation, see js/diagnostics.js. */
    this.observer = null
    /** The log records of this request as text, or undefined. */
    this.log = undefined
    /** The exception that the application raised after its response, or null. */
    this.exception = null
    // Links of the list in deadlines.js.
    this.deadline = 0
    this.deadlines = null
    this.before = null
    this.after = null
  }

  /** `http.response.start`. @param {number} status @param {object} head a Head, see heads.js */
  onStart(_status, _head) {}

  /** A chunk of the body, never empty. @param {Buffer} chunk */
  onData(_chunk) {}

  /** The response is complete. @param {object} trailers a Head; NO_HEAD for none */
  onEnd(_trailers) {}

  /** The response failed. @param {Error} error */
  onFail(_error) {}

  /** The application has returned, or was never called. The last call, also for an aborted exchange. */
  onReturn() {}

  /** More of the request's body can be written. */
  onDrain() {}

  /**
   * One of these methods threw, and the application was informed of a disconnect. The method must settle every promise of the
   * exchange, and report the error once.
   * @param {any} error
   */
  onBroken(error) {
    this.application.report(error)
  }

  /** The application waits for a body whose client waits for `100 Continue`: see AWAITS_CONTINUE. */
  onContinue() {}

  /** An interim response, before the start. @param {number} status @param {object} head a Head */
  onInformation(_status, _head) {}

  /** The whole response at once. @param {number} status @param {object} head a Head @param {Buffer} body */
  onComplete(status, head, body) {
    this.onStart(status, head)
    // `onStart` may have aborted the exchange.
    if (this.state === ENDED) return
    if (body.length > 0) this.onData(body)
    if (this.state === ENDED) return
    this.state = ENDED
    this.onEnd(NO_HEAD)
  }

  /**
   * A whole error response at once, from an application that then raised the error, which has to be reported.
   * @param {number} status @param {object} head a Head @param {Buffer} body @param {Error} error
   */
  onErrorResponse(status, head, body, error) {
    this.onComplete(status, head, body)
    this.application.report(error)
  }

  /** @internal The application has received bytes of the request's body. */
  uploaded(bytes) {
    this.queued -= bytes
    if (this.window !== null) this.window.received(bytes, this.queued)
  }

  /** @internal A write has exceeded the limit. */
  fill() {
    if (this.window === null) this.window = new UploadWindow(this.application.options.highWaterMark)
    else this.window.fill()
  }

  /** @internal Whether a writer of the request's body has to wait. */
  get isFull() {
    return this.queued > (this.window === null ? this.application.options.highWaterMark : this.window.size)
  }

  /** @internal The application is closing while this exchange is open. */
  shutDown() {
    this.abort()
    this.onFail(create('ERR_ASGI_CLOSED'))
  }

  /**
   * Sends a chunk of the request's body.
   * @param {Buffer} chunk must not change in this turn of the event loop
   * @param {boolean} [isBorrowed] it is copied before this returns, and may change then
   * @returns {boolean} false: wait for onDrain
   */
  write(chunk, isBorrowed = false) {
    chunk = octets(chunk)
    if (!this.bodyOpen || chunk.length === 0) return true
    this.queued += chunk.length
    this.application.statistics.bytesIn += chunk.length
    this.submissions.body(this.slot, chunk, false, isBorrowed)
    this.blocked = this.isFull
    if (this.blocked) this.fill()
    return !this.blocked
  }

  /** The request's body is complete. */
  end() {
    if (!this.bodyOpen) return
    this.bodyOpen = false
    this.submissions.body(this.slot, null, true)
  }

  /**
   * The consumer has processed this many bytes of the response.
   * @param {number} bytes
   * @param {number} [pace] FAST: a fast client, none of the response is buffered; SLOW: the client had to be waited for
   */
  credit(bytes, pace = 0) {
    if (this.state !== STARTED) return
    this.submissions.credit(this.slot, bytes, pace)
    if (this.reading !== null) this.reading.credit(bytes)
  }

  /** The client has disconnected: the application receives http.disconnect, and no more `on…` methods are called. */
  abort() {
    if (this.state === ENDED || this.state === NEW) return
    const { slot } = this
    if (this.leave()) this.submissions.abort(slot)
    slots.applyRef()
  }

  /**
   * @internal The client has disconnected. The exchange ends, though the application may still run.
   * @param {number} [code] a WebSocket's
   * @returns {boolean} whether the application has to be informed; false if it has returned
   */
  leave(code) {
    this.application.statistics.disconnects++
    this.deadlines.remove(this)
    this.close()
    // An application that ignores the disconnect does not keep the process alive.
    this.isGivenUp = true
    this.application.settle(this)
    this.observer?.left(code)
    // The application may have returned while a file is still being sent.
    if (this.slot === -1) return false
    slots.unref()
    return true
  }

  /**
   * Fails this exchange because one of its callbacks threw. Never throws.
   * @param {any} error
   */
  broken(error) {
    try {
      if (this.state !== ENDED && this.state !== NEW) {
        this.application.statistics.errors++
        this.observer?.failed(error)
        this.abort()
      }
      this.onBroken(error)
    } catch (second) {
      uncaught(second)
    }
  }

  /** @internal Ends the exchange for JavaScript; its slot stays in use until the application returns. */
  close() {
    this.state = ENDED
    this.bodyOpen = false
    this.queued = 0
    if (this.reading !== null) this.reading.cancel()
  }
}

module.exports = { Exchange, paces: Object.freeze({ FAST, SLOW }) }
