'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

const { create } = core.errors

/**
 * Makes the error for an invalid condition or rewriter.
 *
 * @param {string} owner the class or type.
 * @param {string} expected describes valid arguments.
 * @param {any} got the invalid value.
 * @returns {AsgiError} `ERR_ASGI_INVALID_REWRITER`.
 */
function invalid(owner, expected, got) {
  return create('ERR_ASGI_INVALID_REWRITER', `Invalid ${owner}: expected ${expected}, got ${inspect(got)}`)
}

/**
 * Compiles a pattern without the flags `g` and `y`, with which a RegExp would remember its last match.
 *
 * @param {string | RegExp} pattern a string is the source of a regular expression.
 * @param {string} owner the class, for the error message.
 * @returns {RegExp}
 * @throws {AsgiError} `ERR_ASGI_INVALID_REWRITER`.
 */
function compile(pattern, owner) {
  if (pattern instanceof RegExp) return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  if (typeof pattern !== 'string') throw invalid(owner, 'a pattern (string or RegExp)', pattern)
  try {
    return new RegExp(pattern)
  } catch (cause) {
    const text = `Invalid ${owner}: ${cause.message}`
    throw create('ERR_ASGI_INVALID_REWRITER', text, { cause })
  }
}

/**
 * Checks a string argument.
 *
 * @param {any} value
 * @param {string} what the name of the argument.
 * @param {string} owner the class, for the error message.
 * @returns {string}
 * @throws {AsgiError} `ERR_ASGI_INVALID_REWRITER`.
 */
function text(value, what, owner) {
  if (typeof value !== 'string') throw invalid(owner, `a ${what} (string)`, value)
  return value
}

module.exports = { compile, invalid, text }
