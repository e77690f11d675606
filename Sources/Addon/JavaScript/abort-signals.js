// What a program aborts a call with.
'use strict'

const { own } = require('./checks')
const { create } = require('./errors')

/** Calls `abort` when the signal says so; returns what takes that back. */
function onAbort(exchange, signal, abort) {
  if (signal === null) return ignore
  signal.addEventListener('abort', abort, { once: true })
  return () => unfollow(exchange, signal, abort)
}

/** Listens to a signal no more. It need not be Node's own: one that throws is reported, and changes no response. */
function unfollow(exchange, signal, listener) {
  try {
    signal.removeEventListener('abort', listener)
  } catch (error) {
    exchange.application.report(error)
  }
}

function ignore() {}

/**
 * The signal of a second argument: a signal, or `{ signal }`; null without.
 * @throws {AsgiError} ERR_ASGI_INVALID_OPTION for what is no signal
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
