// Requests whose response is collected in memory.
'use strict'

const { FILES, abilities } = require('./abilities')
const { onAbort, signalOf } = require('./abort-signals')
const completionQueue = require('./completion-queue')
const { noResponse } = require('./deadlines')
const { create } = require('./errors')
const { Exchange } = require('./exchange')
const { NO_HEAD } = require('./heads')

const EMPTY = Buffer.alloc(0)

/** Collects the whole response. */
class BufferedExchange extends Exchange {
  #respond

  /**
   * @param {(response: object) => void} resolve @param {(error: Error) => void} reject
   * @param {(status: number, head: Head, body: Buffer, trailers: Head, exchange: object) => object} respond makes the result
   */
  constructor(resolve, reject, respond) {
    super()
    this.#respond = respond
    this.resolve = resolve
    this.reject = reject
    this.status = 0
    this.head = NO_HEAD
    this.chunks = undefined
    this.release = null
  }

  onComplete(status, head, body) {
    const { resolve } = this
    const response = this.#respond(status, head, body, NO_HEAD, this)
    this.forget()
    resolve(response)
  }

  onStart(status, head) {
    this.status = status
    this.head = head
    this.chunks = []
  }

  onData(chunk) {
    this.chunks.push(chunk)
  }

  onEnd(trailers) {
    const { chunks, resolve } = this
    const body = chunks.length === 0 ? EMPTY : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    this.chunks = undefined
    const response = this.#respond(this.status, this.head, body, trailers, this)
    this.forget()
    resolve(response)
  }

  onFail(error) {
    const { reject } = this
    this.forget()
    reject(error)
  }

  onBroken(error) {
    if (this.reject === undefined) super.onBroken(error)
    else this.onFail(error)
  }

  /** Drops references to the response: the exchange lives as long as the application runs. */
  forget() {
    this.release?.()
    this.resolve = this.reject = undefined
    this.release = null
  }
}

/**
 * Sends a request to an application.
 * @param {object} application
 * @param {object} request `{ method, url, headers, body, socket }`
 * @param {AbortSignal | { signal?: AbortSignal }} [signalOrOptions]
 * @param {Function} respond see BufferedExchange
 * @returns {Promise<object>} the result of `respond`
 */
function ask(application, request, signalOrOptions, respond) {
  return new Promise((resolve, reject) => {
    const signal = signalOf(signalOrOptions)
    if (signal !== null && signal.aborted) throw signal.reason
    const head = application.prepare(request)
    head.abilities = abilities.TRAILERS | FILES
    const exchange = open(application, request, head, resolve, reject, respond)
    if (signal !== null) {
      exchange.release = onAbort(exchange, signal, () => {
        exchange.abort()
        reject(signal.reason)
      })
    }
  })
}

/**
 * Sends a request and blocks this thread until the response is complete.
 * @param {object} application
 * @param {object} request as for `ask`, with a complete body
 * @param {Function} respond see BufferedExchange
 * @returns {object} the result of `respond`
 */
function askSync(application, request, respond) {
  const head = application.prepare(request)
  if (head.bodyOpen) throw create('ERR_ASGI_BODY_INCOMPLETE')
  head.abilities = abilities.TRAILERS
  let response
  let failure
  const exchange = open(application, request, head, (value) => {
    response = value
  }, (error) => {
    failure = error
  }, respond)
  if (!completionQueue.block(exchange, application.options.responseTimeout)) {
    exchange.abort()
    throw noResponse(application.options.responseTimeout, 'responseTimeout')
  }
  if (failure !== undefined) throw failure
  return response
}

function open(application, request, head, resolve, reject, respond) {
  head.buffered = true
  const exchange = new BufferedExchange(resolve, reject, respond)
  application.open(exchange, head, request)
  return exchange
}

module.exports = { BufferedExchange, ask, askSync }
