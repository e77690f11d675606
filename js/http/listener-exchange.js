'use strict'

const { core } = require('../binding')
const { endsPlainly, isOnlyRead } = require('./plain-response')
const { ResponseFlow } = require('./response-flow')
const { takesList, writeHeadBesideOwn } = require('./own-headers')
const {
  UNKNOWN,
  acceptsTrailers,
  checkFinal,
  declaredLength,
  endSoon,
  flushHead,
  grouped,
  isBodyless,
  readHead,
  responseHeaders,
  responseHeadersHTTP2,
} = require('./wire')

const { AsgiError, create } = core.errors
const { own } = core.checks

/** Where the exchange is found on its request and its response. */
const kExchange = Symbol('exchange')

const HTTP2_INTERNAL_ERROR = 2

const EARLY_HINTS = 103

/**
 * Bytes of a body that goes out as one string with its head: Node writes a Buffer beside the head, which costs more than
 * making the string. (One connection under wrk: 10 µs of 90.) Only where nobody has put another `end` in front, which
 * might not look at the encoding.
 */
const LONGEST_TEXT = 4096

/** Errors that say something about the server, not about the app, and the status they become. */
const REFUSALS = new Map([
  ['ERR_ASGI_TOO_MANY_REQUESTS', 503],
  ['ERR_ASGI_CLOSED', 503],
  ['ERR_ASGI_INVALID_URL', 400],
  ['ERR_ASGI_INVALID_REQUEST', 400],
  ['ERR_ASGI_TOO_MANY_HEADERS', 431],
])

const REASONS = new Map([
  [400, 'Bad Request'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
])

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
    const res = this.#res
    // Node keeps it on a response of HTTP/1: a request has to be looked through.
    if (res.stream === undefined) return res._expect_continue === true && res._sent100 === false
    return this.#req.headers.expect === '100-continue' && !res.stream.sentInfoHeaders?.some(isContinue)
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
    // (FastAPI, a JSON POST: 93 instead of 125 µs of Python's thread, and 45 instead of 62 of Node's.)
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

  /**
   * Reports that the response is not to be had, instead of asking the app. `next` could not answer either.
   *
   * @param {boolean} isListeners another call of a listener answers it.
   */
  complain(isListeners) {
    this.#isOver = true
    const res = this.#res
    if (isListeners || res.writableEnded) {
      const text = isListeners ? 'Response has already been handed to a listener' : 'Response has already ended'
      this.#owner.report(create('ERR_ASGI_REQUEST_USED', text))
    } else if (res.headersSent) {
      this.#owner.report(create('ERR_ASGI_REQUEST_USED', 'Response has already begun: its headers were sent'))
      this.#cut()
    } else {
      const text = 'The connection was closed before the request was handed to the app'
      this.#owner.report(create('ERR_ASGI_DISCONNECTED', text))
    }
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
      this.#cut()
      return
    }
    if (trailers.size > 0 && !this.#isBodyless && acceptsTrailers(this.#req.rawHeaders ?? [])) {
      const list = res.stream === undefined ? responseHeaders(trailers, false) : responseHeadersHTTP2(trailers)
      res.addTrailers(Object.fromEntries(grouped(list)))
    }
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
      this.#cut()
    }
    this.#discardUpload()
  }

  /** A middleware's function has thrown, or `next`: the client gets a plain 500, or its connection is closed. */
  onBroken(error) {
    this.#isOver = true
    this.#owner.report(error)
    this.#refuse(500, REASONS.get(500))
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
    const res = this.#res
    if (status !== EARLY_HINTS || typeof res.writeEarlyHints !== 'function' || res.headersSent) return
    try {
      const list = res.stream === undefined ? responseHeaders(head, false) : responseHeadersHTTP2(head)
      res.writeEarlyHints(Object.fromEntries(grouped(list)))
    } catch (error) {
      // Node reads Link headers strictly. A hint that it refuses is not worth the response.
      process.emitWarning(error)
    }
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
      this.#writeHead(res, status, head)
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

  #writeHead(res, status, head) {
    checkFinal(status)
    const isHTTP2 = res.stream !== undefined
    const read = this.#readHead(head, isHTTP2)
    this.#left = read.length
    // Node sends a flat list as it is: order and duplicates stay.
    if (!isHTTP2 && takesList(res)) res.writeHead(status, read.list)
    else writeHeadBesideOwn(res, status, read.list)
  }

  #readHead(head, isHTTP2) {
    const isHEAD = this.#req.method === 'HEAD'
    if (!isHTTP2 && !isHEAD) return readHead(head)
    const list = isHTTP2 ? responseHeadersHTTP2(head) : responseHeaders(head, true)
    // Nothing follows the head of a response to HEAD, whatever it declares.
    return { list, length: isHEAD ? null : declaredLength(list) }
  }

  /** Ends a started response so that the client cannot take it for a complete one. */
  #cut() {
    const res = this.#res
    if (res.stream !== undefined) res.stream.close(HTTP2_INTERNAL_ERROR)
    else if (res.socket !== null) endSoon(res.socket)
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

  /** Answers with an error: where the response has begun, and where not even that can be sent, the connection ends. */
  #refuse(status, text, more = { 'content-type': 'text/plain; charset=utf-8' }) {
    const res = this.#res
    if (res.destroyed || res.writableEnded) return
    if (!res.headersSent) {
      try {
        const headers = { ...more, 'content-length': Buffer.byteLength(text) }
        if (res.stream !== undefined) res.writeHead(status, headers)
        else res.writeHead(status, REASONS.get(status), headers)
        res.end(this.#req.method === 'HEAD' ? undefined : text)
        return
      } catch (error) {
        // The cause of a 500 was reported, and this is mostly the same.
        if (status !== 500) this.#owner.report(error)
      }
    }
    this.#cut()
  }

  #discardUpload() {
    // Only a body that we listen to: Node itself discards one that nobody has touched.
    if (this.#req[kExchange] === this && !this.#req.readableEnded) this.#req.resume()
  }
}

/**
 * Gives what a client sees of an error: the text is the error's own when the handler was told to show it.
 *
 * @param {any} error
 * @param {object} application
 * @returns {{ status: number, text: string }}
 */
function refusalOf(error, application) {
  const status = statusOf(error)
  const isShown = application.options.exposeErrors
  return { status, text: isShown ? textOf(error) : REASONS.get(status) }
}

/** Whether a response is what frameworks answer when nobody has said how to answer an exception. */
function isPlainError(status, head, body) {
  if (status !== 500) return false
  const type = head.object()['content-type']
  // Without a body: to HEAD.
  return /^text\/plain\b/i.test(type) && (body.length === 0 || body.latin1Slice() === REASONS.get(500))
}

/** The status that an error becomes. Only the package's own errors say so; anything may have been thrown. */
function statusOf(error) {
  return error instanceof AsgiError ? REFUSALS.get(error.code) ?? 500 : 500
}

function textOf(error) {
  if (!(error instanceof AsgiError)) return String(error?.message ?? error)
  return own(error, 'pythonTraceback') ?? error.message
}

function isContinue(headers) {
  return headers[':status'] === 100
}

function flush(exchange) {
  try {
    exchange.flush()
  } catch (error) {
    exchange.broken(error)
  }
}

module.exports = { ListenerExchange, kExchange, refusalOf }
