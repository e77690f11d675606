'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { CallExchange } = require('./call-exchange')
const { KeywordArguments } = require('./keyword-arguments')
const { ValueIterator } = require('./value-iterator')

const { create } = core.errors
const { signalOf } = core.signals

/** Flags in a call's first octet: INLINE runs a `def` on the event loop; FINDS only imports the function. */
const { call_inline: INLINE, call_onlyFinds: FINDS } = core.values

/**
 * Makes a function that calls a Python function.
 *
 * A call returns a promise of the result. A generator becomes an async iterator; the promise itself can be iterated, too.
 * `with(options)` returns the same function with other options.
 *
 * @param {object} application has the docroot to import from.
 * @param {string | object} target
 * @param {object} [options]
 * @returns {(...args: any[]) => Promise<any>}
 * @throws {AsgiError} `ERR_ASGI_INVALID_TARGET`, `ERR_ASGI_INVALID_INPUT`, `ERR_ASGI_INVALID_OPTION`.
 */
function pythonFunction(application, target, options) {
  return bound(application, core.options.target(target), complete(options))
}

function bound(application, target, options) {
  const begin = beginningOf(target, options.inline ? INLINE : 0)
  const call = (...args) => {
    const result = start(application, begin, options.signal, args)
    result[Symbol.asyncIterator] = iterateThis
    return result
  }
  call.with = (more) => bound(application, target, complete({ ...options, ...more }))
  call.ready = async () => {
    const find = beginningOf(target, (options.inline ? INLINE : 0) | FINDS)
    await start(application, find, options.signal, [])
  }
  return call
}

/** The first octets of all calls of a function: see CallHead.swift. */
function beginningOf({ file, attribute }, bits) {
  const names = Buffer.from(`${file}\0${attribute}`)
  const begin = Buffer.alloc(5 + names.length)
  begin[0] = bits
  begin.writeUInt32LE(names.length, 1)
  begin.set(names, 5)
  return begin
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

function start(application, begin, signal, args) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const last = args.at(-1)
    const isNamed = last instanceof KeywordArguments
    const writer = core.values.allocate()
    try {
      writer.octets(begin)
      const count = isNamed ? args.length - 1 : args.length
      writer.count(count)
      const around = []
      for (let i = 0; i < count; i++) writer.value(args[i] ?? null, around)
      if (isNamed) writer.members(last.values, around)
      else writer.count(0)
      new CallExchange(resolve, reject).open(application, writer, signal)
    } finally {
      writer.release()
    }
  })
}

/** The async iterator of a call's promise. @this {Promise<any>} */
function iterateThis() {
  return iterate(this)
}

async function* iterate(result) {
  const values = await result
  if (!(values instanceof ValueIterator)) {
    throw new TypeError(
      'The Python function returned a value, not a generator: await the call instead of iterating over it',
    )
  }
  yield* values
}

module.exports = { pythonFunction }
