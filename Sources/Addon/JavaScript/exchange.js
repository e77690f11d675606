// One request and its response, on the JavaScript thread.
'use strict'

const { flag_flows: FLOWS, flag_slow: SLOW } = require('native').records
const { octets } = require('./checks')
const { create } = require('./errors')
const { NO_HEAD } = require('./heads')
const { uncaught } = require('./reports')
const slots = require('./slots')
const { ENDED, NEW, STARTED } = require('./states')
const { UploadWindow } = require('./upload-window')

/**
 * One request and its response. Subclasses say what happens with the response. When one of their `on…` methods throws,
 * since a function of the program's that it calls does, this exchange fails with it: see `broken`.
 *
 * Opened by `Application.open`, which gives it its slot; over when the response is complete, failed or given up.
 */
class Exchange {
  constructor() {
    /** 'new', 'open', 'started' (http.response.start has come) or 'ended' */
    this.state = NEW
    /** Bytes of the request's body that the application has not taken. */
    this.queued = 0
    /** @internal Its place among those of this thread, and the application that it is for. */
    this.slot = -1
    this.dispatcher = null
    this.application = null
    this.bodyOpen = false
    this.blocked = false
    /** @internal How much of the body may wait, once a writer had to. */
    this.window = null
    this.isGivenUp = false
    /** @internal Whether it is one of its application's requests in flight. */
    this.isInFlight = false
    this.isBuffered = false
    /** @internal The file that the body goes on with, while it is read. */
    this.reading = null
    /** Who is told what becomes of this exchange: see Observation in the layer above. */
    this.observer = null
    /** What the application has logged while it served this request: text of records, or undefined. */
    this.log = undefined
    /** What it has raised after its response, or null. */
    this.exception = null
    // The queue of deadlines: see deadlines.js.
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

  /** Nothing follows. @param {Error} error */
  onFail(_error) {}

  /** The application has returned, or was never called: behind everything else, also of an exchange given up. */
  onReturn() {}

  /** There is room for more of the request's body. */
  onDrain() {}

  /**
   * One of these methods has thrown. The application has been told that nobody waits for it; nobody else may be left
   * waiting, and the error is to be reported once.
   * @param {any} error
   */
  onBroken(error) {
    this.application.report(error)
  }

  /** The application waits for a body whose client waits, too: AWAITS_CONTINUE in abilities.js. */
  onContinue() {}

  /** An interim response, before the start. @param {number} status @param {object} head a Head */
  onInformation(_status, _head) {}

  /** The whole response at once. @param {number} status @param {object} head a Head @param {Buffer} body */
  onComplete(status, head, body) {
    this.onStart(status, head)
    // The start may have given the exchange up.
    if (this.state === ENDED) return
    if (body.length > 0) this.onData(body)
    if (this.state === ENDED) return
    this.state = ENDED
    this.onEnd(NO_HEAD)
  }

  /**
   * The whole response at once, an error's, of an application that has then raised the error: its owner has to be told.
   * @param {number} status @param {object} head a Head @param {Buffer} body @param {Error} error
   */
  onErrorResponse(status, head, body, error) {
    this.onComplete(status, head, body)
    this.application.report(error)
  }

  /** @internal The application has taken bytes of the request's body. */
  taken(bytes) {
    this.queued -= bytes
    if (this.window !== null) this.window.take(bytes, this.queued)
  }

  /** @internal Whoever writes has to wait. */
  fill() {
    if (this.window === null) this.window = new UploadWindow(this.application.options.highWaterMark)
    else this.window.fill()
  }

  /** @internal Whether whoever writes has to wait. */
  get isFull() {
    return this.queued > (this.window === null ? this.application.options.highWaterMark : this.window.size)
  }

  /** @internal The application closes and this exchange is still open. */
  shutDown() {
    this.abort()
    this.onFail(create('ERR_ASGI_CLOSED'))
  }

  /**
   * Sends a chunk of the request's body.
   * @param {Buffer} chunk a large one is copied when the turn of the event loop ends
   * @param {boolean} [isBorrowed] copied before this returns: the caller goes on using its memory
   * @returns {boolean} false: wait for onDrain
   */
  write(chunk, isBorrowed = false) {
    chunk = octets(chunk)
    if (!this.bodyOpen || chunk.length === 0) return true
    this.queued += chunk.length
    this.application.statistics.bytesIn += chunk.length
    this.dispatcher.body(this.slot, chunk, false, isBorrowed)
    this.blocked = this.isFull
    if (this.blocked) this.fill()
    return !this.blocked
  }

  /** The request's body is complete. */
  end() {
    if (!this.bodyOpen) return
    this.bodyOpen = false
    this.dispatcher.body(this.slot, null, true)
  }

  /**
   * The consumer has taken this many bytes of the response.
   * @param {number} bytes
   * @param {number} [pace] FLOWS: nothing of the response waits for the client; SLOW: the client had to be waited for
   */
  acknowledge(bytes, pace = 0) {
    if (this.state !== STARTED) return
    this.dispatcher.acknowledge(this.slot, bytes, pace)
    if (this.reading !== null) this.reading.acknowledge(bytes)
  }

  /** The client has left: the application gets http.disconnect, and nothing is called here any more. */
  abort() {
    if (this.state === ENDED || this.state === NEW) return
    const { slot } = this
    if (this.leave()) this.dispatcher.abort(slot)
    slots.tell()
  }

  /**
   * @internal The client has left: the exchange is over here, and the application may go on.
   * @param {number} [code] a WebSocket's
   * @returns {boolean} whether the application is to be told; false where it has returned
   */
  leave(code) {
    this.application.statistics.disconnects++
    this.deadlines.remove(this)
    this.close()
    // An application that goes on although its client has left does not keep the process alive.
    this.isGivenUp = true
    this.application.settle(this)
    this.observer?.left(code)
    // The application may have returned already, and a file is still on its way.
    if (this.slot === -1) return false
    slots.letGo()
    return true
  }

  /**
   * Ends this exchange because a function that was called for it has thrown. Throws nothing itself.
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

  /** @internal The exchange is over for this side; its slot may still be in use. */
  close() {
    this.state = ENDED
    this.bodyOpen = false
    this.queued = 0
    if (this.reading !== null) this.reading.cancel()
  }
}

module.exports = { Exchange, paces: Object.freeze({ FLOWS, SLOW }) }
