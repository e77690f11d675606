'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { grouped } = require('../http/wire')

const { create } = core.errors

/**
 * Undici's newer form of handlers: each callback gets a controller, and headers are an object.
 *
 * Callbacks are optional here, as they are in undici.
 */
class ControllerEvents {
  #handler

  constructor(handler) {
    this.#handler = handler
  }

  start(transfer) {
    this.#handler.onRequestStart(transfer)
  }

  sent(chunk) {
    tellSent(this.#handler, chunk)
  }

  allSent() {
    this.#handler.onRequestSent?.()
  }

  head(transfer, status, headers, text) {
    transfer.rawHeaders = raw(headers)
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(transfer, status, Object.fromEntries(grouped(headers)), text)
  }

  data(transfer, chunk) {
    this.#handler.onResponseData?.(transfer, chunk)
  }

  end(transfer, trailers) {
    transfer.rawTrailers = raw(trailers)
    this.#handler.onResponseEnd?.(transfer, Object.fromEntries(grouped(trailers)))
  }

  error(transfer, error) {
    if (typeof this.#handler.onResponseError !== 'function') throw error
    this.#handler.onResponseError(transfer, error)
  }
}

/** Undici's older form: headers are flat lists of Buffers, and a callback returns false to pause. */
class CallbackEvents {
  #handler

  constructor(handler) {
    this.#handler = handler
  }

  start(transfer) {
    this.#handler.onConnect?.((reason) => transfer.abort(reason))
  }

  sent(chunk) {
    tellSent(this.#handler, chunk)
  }

  allSent() {
    this.#handler.onRequestSent?.()
  }

  head(transfer, status, headers, text) {
    this.#handler.onResponseStarted?.()
    const goesOn = this.#handler.onHeaders(status, raw(headers), () => transfer.resume(), text)
    if (goesOn === false) transfer.pause()
  }

  data(transfer, chunk) {
    if (this.#handler.onData?.(chunk) === false) transfer.pause()
  }

  end(_transfer, trailers) {
    this.#handler.onComplete?.(raw(trailers))
  }

  error(_transfer, error) {
    this.#handler.onError(error)
  }
}

function tellSent(handler, chunk) {
  if (chunk !== null) handler.onBodySent?.(chunk)
}

/** A flat list as undici's parser makes it: each character becomes one byte. */
function raw(list) {
  return list.map((text) => Buffer.from(text, 'latin1'))
}

/**
 * Wraps undici's two forms of handlers in one interface. Undici 5 and 6 have the older one, undici 7 has both.
 *
 * @param {object} handler
 * @returns {ControllerEvents | CallbackEvents}
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function eventsOf(handler) {
  if (typeof handler?.onRequestStart === 'function') return new ControllerEvents(handler)
  if (typeof handler?.onHeaders === 'function' && typeof handler.onError === 'function') {
    return new CallbackEvents(handler)
  }
  const text = `Invalid handler: expected onRequestStart, or onHeaders and onError, got ${inspect(handler)}`
  throw create('ERR_ASGI_INVALID_OPTION', text)
}

module.exports = { eventsOf }
