// AbortSignals of calls.
'use strict'

const { own } = require('./checks')
const { create } = require('./errors')

/** Calls `abort` when the signal aborts; returns a function that removes the listener. */
function onAbort(exchange, signal, abort) {
  if (signal === null) return ignore
  signal.addEventListener('abort', abort, { once: true })
  return () => unfollow(exchange, signal, abort)
}

/** Removes a listener. The signal may be a program's own class: if it throws, the error is reported, and the response goes on. */
function unfollow(exchange, signal, listener) {
  try {
    signal.removeEventListener('abort', listener)
  } catch (error) {
    exchange.application.report(error)
  }
}

function ignore() {}

/**
 * The signal of a call's second argument, which is a signal or `{ signal }`; null if it has none.
 * @throws {AsgiError} ERR_ASGI_INVALID_OPTION if it is not an AbortSignal
 */
function signalOf(given) {
  if (given === undefined || given === null) return null
  const signal = isSignal(given) ? given : own(given, 'signal')
  if (signal === undefined || signal === null) return null
  if (isSignal(signal)) return signal
  const shown = typeof signal === 'object' ? 'an object' : String(signal)
  const text = `Invalid option signal: expected an AbortSignal, got ${shown}`
  throw create('ERR_ASGI_INVALID_OPTION', text)
}

function isSignal(value) {
  return typeof value === 'object' && value !== null && typeof value.aborted === 'boolean' &&
    typeof value.addEventListener === 'function'
}

module.exports = Object.freeze({ onAbort, signalOf, unfollow })
