'use strict'

const { inspect } = require('node:util')
const { core } = require('./binding')

const { create } = core.errors
const { own } = core.checks

/**
 * Reads the option `rewriter` from the constructor's arguments, whose last one has the options.
 *
 * @returns {object | null}
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function rewriterOf(args) {
  const options = args[args.length - 1] ?? null
  const rewriter = options === null ? null : own(options, 'rewriter') ?? null
  if (rewriter !== null && typeof rewriter.rewrite !== 'function') {
    const text = `Invalid option rewriter: expected an object with a rewrite method, got ${inspect(rewriter)}`
    throw create('ERR_ASGI_INVALID_OPTION', text)
  }
  return rewriter
}

/**
 * Reads the option `forwardedAllowIps` from the constructor's arguments.
 *
 * @returns {import('./http/forwarded').Forwarded | null}
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function forwardedOf(args) {
  const options = args[args.length - 1] ?? null
  const option = options === null ? null : own(options, 'forwardedAllowIps')
  if (option === undefined || option === null) return null
  const { PROXIES, proxiesOf } = require('./http/addresses')
  const { Forwarded } = require('./http/forwarded')
  const list = proxiesOf(option)
  if (list !== undefined) return new Forwarded(list)
  throw create(
    'ERR_ASGI_INVALID_OPTION',
    `Invalid option forwardedAllowIps: expected ${PROXIES}, got ${inspect(option)}`,
  )
}

module.exports = { forwardedOf, rewriterOf }
