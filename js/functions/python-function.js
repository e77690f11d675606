'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { Connection } = require('../raw/connection')
const { KeywordArguments } = require('./keyword-arguments')
const { ValueIterator } = require('./value-iterator')

const { create } = core.errors
const { signalOf } = core.responses

/**
 * Makes the function that calls a Python function.
 *
 * Each call gives a promise of what Python returns, which is an async iterator where that is a generator; the promise can
 * be iterated itself. `with(options)` gives the same function with other options.
 *
 * @param {object} handler whose docroot the function is imported from.
 * @param {string | object} target
 * @param {object} [options]
 * @returns {(...args: any[]) => Promise<any>}
 * @throws {AsgiError} `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`.
 */
function pythonFunction(handler, target, options) {
  return bound(handler, core.options.target(target), complete(options))
}

function bound(handler, target, options) {
  const call = (...args) => {
    const result = start(handler, target, options, args)
    result[Symbol.asyncIterator] = () => iterate(result)
    return result
  }
  call.with = (more) => bound(handler, target, complete({ ...options, ...more }))
  return call
}

function complete(given = {}) {
  if (typeof given !== 'object' || given === null) {
    throw create('ERR_ASGI_INVALID_OPTION', `Invalid options: expected an object, got ${inspect(given)}`)
  }
  const { inline = false } = core.checks.owned(given)
  if (typeof inline !== 'boolean') {
    const text = `Invalid option inline: expected true or false, got ${inspect(inline, { depth: 0 })}`
    throw create('ERR_ASGI_INVALID_OPTION', text)
  }
  return { inline, signal: signalOf(given) }
}

/** Calls the function and waits for its value. */
async function start(handler, target, { inline, signal }, args) {
  signal?.throwIfAborted()
  const connection = new Connection(handler, headOf(target, inline, args), signal)
  const { type, value } = await connection.receive()
  return type === 'python_node.stream' ? new ValueIterator(connection) : value
}

/** The call as a scope: see functions.py. */
function headOf({ file, attribute }, inline, args) {
  const last = args.at(-1)
  const isNamed = last instanceof KeywordArguments
  const head = new core.requests.RequestHead()
  head.raw = true
  head.function = true
  head.body = core.values.write({
    type: 'python_node.call',
    file,
    attribute,
    inline,
    args: isNamed ? args.slice(0, -1) : args,
    kwargs: isNamed ? { ...last.values } : {},
  })
  return head
}

async function* iterate(result) {
  const values = await result
  if (!(values instanceof ValueIterator)) {
    throw new TypeError('The Python function has returned a value, not a generator')
  }
  yield* values
}

module.exports = { pythonFunction }
