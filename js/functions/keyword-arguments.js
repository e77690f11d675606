'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

/** Keyword arguments of a Python function. Made by `kwargs()`. */
class KeywordArguments {
  /** @param {object} values */
  constructor(values) {
    this.values = values
    Object.freeze(this)
  }
}

/**
 * Marks the last argument of a call as keyword arguments.
 *
 * @param {Record<string, any>} values by their names in Python; undefined ones are left out.
 * @returns {KeywordArguments}
 * @throws {AsgiError} `ERR_ASGI_INVALID_INPUT` if it is not an object.
 */
function kwargs(values) {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    const text = `Expected an object of keyword arguments, got ${inspect(values, { depth: 0 })}`
    throw core.errors.create('ERR_ASGI_INVALID_INPUT', text)
  }
  return new KeywordArguments(values)
}

module.exports = { KeywordArguments, kwargs }
