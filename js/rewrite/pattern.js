'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

const { create } = core.errors

/**
 * Makes an error about a condition or a rewriter.
 *
 * @param {string} owner the class or type it is about.
 * @param {string} expected what its arguments should be.
 * @param {any} got what came.
 * @returns {AsgiError} `ERR_ASGI_INVALID_REWRITER`.
 */
function invalid(owner, expected, got) {
  return create('ERR_ASGI_INVALID_REWRITER', `Invalid ${owner}: expected ${expected}, got ${inspect(got)}`)
}

/**
 * Compiles a pattern so that it has no memory: the flags `g` and `y` make a RegExp remember its last match.
 *
 * @param {string | RegExp} pattern a string is the source of a regular expression.
 * @param {string} owner the class it is for.
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
 * @param {string} what the argument's name.
 * @param {string} owner the class it is for.
 * @returns {string}
 * @throws {AsgiError} `ERR_ASGI_INVALID_REWRITER`.
 */
function text(value, what, owner) {
  if (typeof value !== 'string') throw invalid(owner, `a ${what} (string)`, value)
  return value
}

module.exports = { compile, invalid, text }
