'use strict'

const { core } = require('../binding')
const { endsPlainly, isOnlyRead } = require('./plain-response')
const { cut, isPlainError, plainText, refusalOf, refuse, statusOf } = require('./refusals')
const { ResponseFlow } = require('./response-flow')
const { awaitsContinue, writeEarlyHints, writeHead, writeTrailers } = require('./response-heads')
const { UNKNOWN, flushHead, isBodyless } = require('./wire')

const { create } = core.errors

/** Where the exchange is found on its request and its response. */
const kExchange = Symbol('exchange')

const EARLY_HINTS = 103

/**
 * Bytes of a body that goes out as one string with its head: Node writes a Buffer beside the head, which costs more than
 * making the string. Only where no middleware has replaced `end`, which might not look at the encoding.
 */
const LONGEST_TEXT = 4096

/**
 * One request of a Node server and its response.
 *
 * A complete response is one `res.end`; a streamed one flows through a ResponseFlow.
 */
class ListenerExchange extends core.Exchange {
  #owner
  #req
  #res
  #next
  // The response has ended, or nobody waits for it.
  #isOver = false
  #hasStarted = false
  #isFlushed = false
  #isBodyless = false
  // Bytes of the request's body that are still to come; UNKNOWN where nobody says so.
  #expected = UNKNOWN
  // Large chunks may be the app's own memory.
  #isBorrowing = false
  // From the first chunk on.
  #flow = null
  // Bytes of the body that are still to come by its content-length; null where it does not say.
  #left = null
  /** Bytes of the response's body that were written. */
  sent = 0

  /**
   * @param {object} application is told of errors that `next` does not take.
   * @param {object} req
   * @param {object} res
   * @param {((error?: any) => void) | null} next takes errors from before the response starts.
   */
  constructor(application, req, res, next) {
    super()
    this.#owner = application
    this.#req = req
    this.#res = res
    this.#next = next
  }

  /**
   * Lets the core lend the app's memory for large chunks, where they are only read. Should somebody put himself in between
   * later, he gets copies.
   *
   * @returns {boolean} whether it may
   */
  borrow() {
    return (this.#isBorrowing = isOnlyRead(this.#res))
  }

  /** Whether the client waits with the body until it is told that somebody wants it. */
  get awaitsContinue() {
    return awaitsContinue(this.#req, this.#res)
  }

  // From Node: the request's body, and the client leaving.

  /** @param {number} length bytes that the request's body will have; UNKNOWN for one whose end will be told. */
  expect(length) {
    this.#expected = length
  }

  /** Takes a chunk of the request's body. */
  receive(chunk) {
    // The response is complete: the rest of the upload is read so that the connection stays usable, and dropped.
    if (this.#isOver) return
    // Somebody has called req.setEncoding().
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, this.#req.readableEncoding) : chunk
    if (!this.write(bytes)) this.#req.pause()
    if (this.#expected === UNKNOWN) return
    this.#expected -= bytes.length
    // Node says so a few callbacks later, when the request may have left: the app would wait for what has come.
    if (this.#expected === 0) this.end()
  }

  /** The request's body has ended. */
  received() {
    // HTTP/2 ends the body of a client that has gone like any other; the app must not take it for complete.
    if (this.#req.stream?.aborted) this.left()
    else if (!this.#isOver) this.end()
  }

  /** The response was closed: after its end, or because the client has gone. */
  left() {
    this.#flow?.close()
    if (this.#isOver) return
    this.#isOver = true
    this.abort()
  }

  /** Answers a request that could not be opened. */
  refuse(error) {
    this.#isOver = true
    this.#answer(error)
  }

  // From the core.

  onComplete(status, head, body) {
    if (!this.#start(status, head, true)) return
    this.#isOver = true
    const res = this.#res
    if (!this.#isBodyless) this.sent = body.length
    if (this.sent === 0) res.end()
    else if (body.length <= LONGEST_TEXT && endsPlainly(res)) res.end(body.latin1Slice(), 'latin1')
    else res.end(this.#safe(body))
    this.#discardUpload()
  }

  onErrorResponse(status, head, body, error) {
    // One that says nothing is the framework's own: who can say more does so, as if there were none.
    const hasBetter = this.#next !== null || this.#owner.options.exposeErrors
    if (hasBetter && isPlainError(status, head, body)) this.onFail(error)
    else super.onErrorResponse(status, head, body, error)
  }

  onStart(status, head) {
    // When the first chunk comes with the head, as it mostly does, both leave in one write.
    if (this.#start(status, head, false)) process.nextTick(flush, this)
  }

  onData(chunk) {
    if (this.#isBodyless) {
      this.acknowledge(chunk.length)
      return
    }
    const res = this.#res
    // The socket is gone and its 'close' event is on the way.
    if (res.destroyed) return
    if (this.#left !== null) {
      // The core counts what apps send. A file may have grown since its length was said: what is beyond is not sent, as
      // the client would take it for the next response.
      if (chunk.length > this.#left) {
        this.acknowledge(chunk.length - this.#left)
        chunk = chunk.subarray(0, this.#left)
      }
      this.#left -= chunk.length
      if (chunk.length === 0) return
    }
    this.#isFlushed = true
    this.sent += chunk.length
    this.#flow ??= new ResponseFlow(this, res, this.application.options.highWaterMark)
    this.#flow.write(this.#safe(chunk))
  }

  /** What may be given to whoever takes a chunk now. */
  #safe(chunk) {
    const isOthers = this.#isBorrowing && chunk.length >= core.lendSize && !isOnlyRead(this.#res)
    return isOthers ? Buffer.from(chunk) : chunk
  }

  onEnd(trailers) {
    this.#isOver = true
    const res = this.#res
    if (res.destroyed) return
    if (this.#left !== null && this.#left > 0 && !this.#isBodyless) {
      // A file that has become shorter.
      this.#owner.report(create('ERR_ASGI_INCOMPLETE_RESPONSE', 'A file was shorter than the content-length says'))
      cut(this.#res)
      return
    }
    if (!this.#isBodyless) writeTrailers(this.#req, res, trailers)
    res.end()
    this.#discardUpload()
  }

  onFail(error) {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#hasStarted) {
      this.#answer(error)
    } else {
      // A handler that closes ends its responses itself: that is no failure to tell of.
      if (statusOf(error) === 500) this.#owner.report(error)
      cut(this.#res)
    }
    this.#discardUpload()
  }

  /** A middleware's function has thrown, or `next`: the client gets a plain 500, or its connection is closed. */
  onBroken(error) {
    this.#isOver = true
    this.#owner.report(error)
    this.#refuse(500, plainText(500))
    this.#discardUpload()
  }

  onDrain() {
    this.#req.resume()
  }

  onContinue() {
    // After the head of the response, the client would read it as a part of the body.
    if (!this.#isOver && !this.#res.headersSent) this.#res.writeContinue()
  }

  onInformation(status, head) {
    if (status === EARLY_HINTS) writeEarlyHints(this.#res, head)
  }

  /** Sends the head of a response whose first chunk lets us wait. */
  flush() {
    if (this.#isFlushed || this.#isOver || this.#res.destroyed) return
    this.#isFlushed = true
    // Over HTTP/2 it is not text.
    if (this.#res.stream === undefined) flushHead(this.#res)
    else this.#res.flushHeaders()
  }

  /** Writes the head. When Node refuses it, the app is told, unless it has ended, and the client gets an error. */
  #start(status, head, isComplete) {
    const res = this.#res
    if (this.#isOver || res.destroyed) return false
    try {
      this.#left = writeHead(this.#req, res, status, head)
    } catch (error) {
      if (!isComplete) this.abort()
      // As if nothing had been written: the answer to the error has a status of its own, and its own words for it.
      res.statusCode = 200
      if (res.stream === undefined) res.statusMessage = undefined
      this.onFail(error)
      return false
    }
    this.#hasStarted = true
    this.#isBodyless = isBodyless(this.#req.method, status)
    return true
  }

  #answer(error) {
    const { status, text } = refusalOf(error, this.#owner)
    if (status === 500) {
      if (this.#next !== null && this.#pass(error)) return
      this.#owner.report(error)
    }
    if (status === 500 && this.#owner.options.exposeErrors) this.#show(error)
    else this.#refuse(status, text)
  }

  /** Answers with all that is known of an error. */
  #show(error) {
    const { headers, text } = require('../error-page').errorAnswer(error, this.#req)
    this.#refuse(500, text, headers)
  }

  /** Gives an error to `next`: whether that took it. */
  #pass(error) {
    try {
      this.#next(error)
      return true
    } catch (second) {
      if (second !== error) this.#owner.report(second)
      return false
    }
  }

  #refuse(status, text, headers) {
    refuse(this.#req, this.#res, this.#owner, { status, text, headers })
  }

  #discardUpload() {
    // Only a body that we listen to: Node itself discards one that nobody has touched.
    if (this.#req[kExchange] === this && !this.#req.readableEnded) this.#req.resume()
  }
}

function flush(exchange) {
  try {
    exchange.flush()
  } catch (error) {
    exchange.broken(error)
  }
}

module.exports = { ListenerExchange, kExchange }
