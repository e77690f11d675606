'use strict'

const { inspect } = require('node:util')
const { nearestTo, usage } = require('./arguments')
const { ServeFailure } = require('./failure')
const { OPTIONS } = require('./options')

const BY_KEY = new Map(OPTIONS.map((option) => [option.key, option]))

/**
 * Converts an object of options to the form of the command line, so that the same checks apply.
 *
 * @param {object} options values by their keys in the table of options; `undefined` and `null` are ignored.
 * @returns {Map<string, string[] | boolean>} see `readArguments`.
 * @throws {ServeFailure} for an unknown key, with the nearest one, and for a value of the wrong type.
 */
function givenIn(options) {
  if (typeof options !== 'object' || options === null) throw wrong('The options are', options, 'an object')
  const given = new Map()
  for (const [key, value] of Object.entries(options)) {
    const option = BY_KEY.get(key)
    if (option === undefined) throw unknown(key)
    if (value !== undefined && value !== null) given.set(option.name, textsOf(option, value))
  }
  return given
}

function textsOf({ key, type }, value) {
  switch (type) {
    case 'flag':
    case 'switch':
      if (typeof value === 'boolean') return value
      throw wrong(`${key} is`, value, 'true or false')
    case 'whole':
    case 'seconds':
      if (typeof value === 'number') return [String(value)]
      throw wrong(`${key} is`, value, 'a number')
    case 'list':
      return listOf(key, value)
    default:
      if (typeof value === 'string') return [value]
      throw wrong(`${key} is`, value, 'a string')
  }
}

function listOf(key, value) {
  if (Array.isArray(value)) {
    const texts = value.map((each) => (key === 'headers' ? headerText(each) : each))
    if (texts.every((each) => typeof each === 'string')) return texts
  }
  throw wrong(`${key} is`, value, key === 'headers' ? 'an array of [name, value]' : 'an array of strings')
}

/** Converts a `[name, value]` pair to a line; undefined for other values. */
function headerText(pair) {
  const isPair = Array.isArray(pair) && pair.length === 2 && pair.every((each) => typeof each === 'string')
  return isPair && !pair[0].includes(':') ? `${pair[0]}: ${pair[1]}` : undefined
}

function wrong(what, value, expected) {
  return usage(`${what} ${inspect(value, { depth: 1, breakLength: Infinity })}; expected ${expected}`)
}

function unknown(key) {
  const nearest = nearestTo(key, [...BY_KEY.keys()])
  return usage(`Unknown option ${key}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`)
}

/**
 * Replaces the names of command-line options in a failure's message by keys of the object.
 *
 * @param {ServeFailure} failure
 * @returns {ServeFailure}
 */
function inKeys(failure) {
  const message = failure.message.replace(/(?<![\w-])--([a-z][a-z0-9-]*)/g, (text, name) => {
    return OPTIONS.find((option) => option.name === name)?.key ?? text
  })
  if (message === failure.message) return failure
  const { details, exitCode, code, cause } = failure
  return new ServeFailure(message, { details, exitCode, code, cause })
}

module.exports = { givenIn, inKeys }
