'use strict'

const { core } = require('../binding')
const { endsPlainly, isOnlyRead } = require('./plain-response')
const { cut, isPlainError, plainText, refusalOf, refuse, statusOf } = require('./refusals')
const { ResponseFlow } = require('./response-flow')
const { awaitsContinue, writeEarlyHints, writeHead, writeTrailers } = require('./response-heads')
const { UNKNOWN, flushHead, isBodyless } = require('./wire')

const { create } = core.errors

/** The property of a request and a response that holds the exchange. */
const kExchange = Symbol('exchange')

const EARLY_HINTS = 103

/**
 * Bodies up to this many bytes are passed to `end` as a string, which Node writes together with the head; that is faster
 * than a second write. Not if a middleware has replaced `end`, because it might ignore the encoding.
 */
const LONGEST_TEXT = 4096

/**
 * One request of a Node server and its response.
 *
 * A complete response is one `res.end`; a streamed one goes through a ResponseFlow.
 */
class ListenerExchange extends core.Exchange {
  #owner
  #req
  #res
  #next
  // Whether the response has ended or was aborted.
  #isOver = false
  #hasStarted = false
  #isFlushed = false
  #isBodyless = false
  // Bytes of the request's body that have not arrived yet, or UNKNOWN.
  #expected = UNKNOWN
  // Whether large chunks may be the app's memory.
  #isBorrowing = false
  // Made at the first chunk.
  #flow = null
  // Bytes of the response that its content-length still allows, or null without one.
  #left = null
  /** Bytes of the response's body that were written. */
  sent = 0

  /**
   * @param {object} application reports errors that `next` does not take.
   * @param {object} req
   * @param {object} res
   * @param {((error?: any) => void) | null} next gets errors raised before the response starts.
   */
  constructor(application, req, res, next) {
    super()
    this.#owner = application
    this.#req = req
    this.#res = res
    this.#next = next
  }

  /**
   * Allows the core to lend the app's memory for large chunks if only Node reads them. A middleware that wraps the response
   * later gets copies.
   *
   * @returns {boolean} whether it is allowed
   */
  borrow() {
    return (this.#isBorrowing = isOnlyRead(this.#res))
  }

  /** Whether the client waits for `100 Continue` before it sends the body. */
  get awaitsContinue() {
    return awaitsContinue(this.#req, this.#res)
  }

  // Called for Node's events.

  /** @param {number} length of the request's body in bytes; UNKNOWN until its end. */
  expect(length) {
    this.#expected = length
  }

  /** Receives a chunk of the request's body. */
  receive(chunk) {
    // After the response the rest of the body is read and dropped, so that the connection can be reused.
    if (this.#isOver) return
    // A string if req.setEncoding() was called.
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, this.#req.readableEncoding) : chunk
    if (!this.write(bytes)) this.#req.pause()
    if (this.#expected === UNKNOWN) return
    this.#expected -= bytes.length
    // Node emits 'end' a few callbacks later, so the app would have to wait for it.
    if (this.#expected === 0) this.end()
  }

  /** The request's body has ended. */
  received() {
    // HTTP/2 also emits 'end' when the client has disconnected; then the body is not complete.
    if (this.#req.stream?.aborted) this.left()
    else if (!this.#isOver) this.end()
  }

  /** The response was closed: after its end, or because the client disconnected. */
  left() {
    this.#flow?.close()
    if (this.#isOver) return
    this.#isOver = true
    this.abort()
  }

  /** Sends an error response for a request that could not be opened. */
  refuse(error) {
    this.#isOver = true
    this.#answer(error)
  }

  // Called by the core.

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
    // A framework's plain 500 is replaced if `next` or the error page can show more.
    const hasBetter = this.#next !== null || this.#owner.options.exposeErrors
    if (hasBetter && isPlainError(status, head, body)) this.onFail(error)
    else super.onErrorResponse(status, head, body, error)
  }

  onStart(status, head) {
    // Delayed, because the first chunk usually follows at once, and then both leave in one write.
    if (this.#start(status, head, false)) process.nextTick(flush, this)
  }

  onData(chunk) {
    if (this.#isBodyless) {
      this.credit(chunk.length)
      return
    }
    const res = this.#res
    // The socket is closed, and its 'close' event follows.
    if (res.destroyed) return
    if (this.#left !== null) {
      // Only a file can be too long here, if it has grown. The excess is not sent: the client would read it as the next
      // response.
      if (chunk.length > this.#left) {
        this.credit(chunk.length - this.#left)
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

  /** Copies a chunk of the app's memory if a middleware has wrapped the response since then. */
  #safe(chunk) {
    const isOthers = this.#isBorrowing && chunk.length >= core.borrowSize && !isOnlyRead(this.#res)
    return isOthers ? Buffer.from(chunk) : chunk
  }

  onEnd(trailers) {
    this.#isOver = true
    const res = this.#res
    if (res.destroyed) return
    if (this.#left !== null && this.#left > 0 && !this.#isBodyless) {
      // A file that has shrunk.
      this.#owner.report(
        create(
          'ERR_ASGI_INCOMPLETE_RESPONSE',
          'A file was shorter than its content-length: replace files, do not shorten them',
        ),
      )
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
      // Not ERR_ASGI_CLOSED: closing a handler is not a failure.
      if (statusOf(error) === 500) this.#owner.report(error)
      cut(this.#res)
    }
    this.#discardUpload()
  }

  /** A middleware or `next` threw: sends a plain 500, or closes the connection. */
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
    // After the head the client would read it as a part of the body.
    if (!this.#isOver && !this.#res.headersSent) this.#res.writeContinue()
  }

  onInformation(status, head) {
    if (status === EARLY_HINTS) writeEarlyHints(this.#res, head)
  }

  /** Sends the head of a response if no chunk has followed yet. */
  flush() {
    if (this.#isFlushed || this.#isOver || this.#res.destroyed) return
    this.#isFlushed = true
    // Only in HTTP/1 the head is text.
    if (this.#res.stream === undefined) flushHead(this.#res)
    else this.#res.flushHeaders()
  }

  /** Writes the head. If Node refuses it, the app receives a disconnect and the client an error response. */
  #start(status, head, isComplete) {
    const res = this.#res
    if (this.#isOver || res.destroyed) return false
    try {
      this.#left = writeHead(this.#req, res, status, head)
    } catch (error) {
      if (!isComplete) this.abort()
      // Resets the status for the error response.
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

  /** Responds with the error page. */
  #show(error) {
    const { headers, text } = require('../error-page').errorAnswer(error, this.#req)
    this.#refuse(500, text, headers)
  }

  /** Passes an error to `next`. Returns false if that throws. */
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
    // Only if this exchange reads the body. Otherwise Node discards it.
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
