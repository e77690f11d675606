'use strict'

const { inspect } = require('node:util')
const { nearestTo, usage } = require('./arguments')
const { ServeFailure } = require('./failure')
const { OPTIONS } = require('./options')

const BY_KEY = new Map(OPTIONS.map((option) => [option.key, option]))

/**
 * Reads an object of options as what the command line would give: whatever checks that checks them too.
 *
 * @param {object} options values by the keys of the table of options; `undefined` and `null` stand for nothing.
 * @returns {Map<string, string[] | boolean>} as `readArguments` gives it.
 * @throws {ServeFailure} for a key that is not known, with the nearest one, and for a value of another type.
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

/** Writes a pair as the command line has it; anything else is no header. */
function headerText(pair) {
  const isPair = Array.isArray(pair) && pair.length === 2 && pair.every((each) => typeof each === 'string')
  return isPair && !pair[0].includes(':') ? `${pair[0]}: ${pair[1]}` : undefined
}

function wrong(what, value, expected) {
  return usage(`${what} ${inspect(value, { depth: 1, breakLength: Infinity })}; expected ${expected}`)
}

function unknown(key) {
  const nearest = nearestTo(key, [...BY_KEY.keys()])
  return usage(`There is no option ${key}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`)
}

/**
 * Gives a failure that names options as the keys of an object, and not as the command line does.
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
