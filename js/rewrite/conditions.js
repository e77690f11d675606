'use strict'

const { core } = require('../binding')
const { fileExists } = require('./file-exists')
const { compile, invalid, text } = require('./pattern')

/** A condition on a request. */
class Condition {
  /**
   * Makes a condition that holds when this one and another hold.
   *
   * @param {Condition} other
   * @returns {GroupCondition}
   */
  and(other) {
    return new GroupCondition('and', [this, other])
  }

  /**
   * Makes a condition that holds when this one or another holds.
   *
   * @param {Condition} other
   * @returns {GroupCondition}
   */
  or(other) {
    return new GroupCondition('or', [this, other])
  }
}

/** Holds when the path, percent-encoded and without the query, matches. */
class PathCondition extends Condition {
  #pattern

  /** @param {string | RegExp} pattern */
  constructor(pattern) {
    super()
    this.#pattern = compile(pattern, 'PathCondition')
  }

  /** @returns {boolean} */
  matches(request) {
    return this.#pattern.test(request.path)
  }
}

/** Holds when one of a header's values matches. */
class HeaderCondition extends Condition {
  #name
  #pattern

  /**
   * @param {string} name
   * @param {string | RegExp} pattern
   */
  constructor(name, pattern) {
    super()
    this.#name = core.checks.headerName(text(name, 'header name', 'HeaderCondition'))
    this.#pattern = compile(pattern, 'HeaderCondition')
  }

  /** @returns {boolean} */
  matches(request) {
    return request.headers.getAll(this.#name).some((value) => this.#pattern.test(value))
  }
}

/** Holds when the method matches. */
class MethodCondition extends Condition {
  #pattern

  /** @param {string | RegExp} pattern */
  constructor(pattern) {
    super()
    this.#pattern = compile(pattern, 'MethodCondition')
  }

  /** @returns {boolean} */
  matches(request) {
    return this.#pattern.test(request.method)
  }
}

/** Holds when docroot + path is a file inside the docroot. Never holds without a docroot. */
class ExistenceCondition extends Condition {
  /**
   * @param {Request} request
   * @param {string} [docroot] default: the request's.
   * @returns {boolean}
   */
  matches(request, docroot) {
    const root = docroot ?? request.docroot
    return root !== null && fileExists(root, request.path)
  }
}

/** Holds when docroot + path is not a file inside the docroot. Never holds without a docroot. */
class NonExistenceCondition extends Condition {
  /**
   * @param {Request} request
   * @param {string} [docroot] default: the request's.
   * @returns {boolean}
   */
  matches(request, docroot) {
    const root = docroot ?? request.docroot
    return root !== null && !fileExists(root, request.path)
  }
}

/** Combines conditions: all of them, or any of them, must hold. */
class GroupCondition extends Condition {
  #operation
  #conditions

  /**
   * @param {'and' | 'or'} operation
   * @param {Condition[]} conditions
   */
  constructor(operation, conditions) {
    super()
    if (operation !== 'and' && operation !== 'or') throw invalid('GroupCondition', "'and' or 'or'", operation)
    if (!Array.isArray(conditions)) throw invalid('GroupCondition', 'an array of conditions', conditions)
    for (const condition of conditions) assertCondition(condition, 'GroupCondition')
    this.#operation = operation
    this.#conditions = conditions.slice()
  }

  /** @returns {boolean} */
  matches(request, docroot) {
    const holds = (condition) => condition.matches(request, docroot)
    return this.#operation === 'and' ? this.#conditions.every(holds) : this.#conditions.some(holds)
  }
}

/** @throws {AsgiError} `ERR_ASGI_INVALID_REWRITER` unless a value has a `matches` method. */
function assertCondition(value, owner) {
  if (typeof value?.matches !== 'function') throw invalid(owner, 'a condition', value)
}

module.exports = {
  ExistenceCondition,
  GroupCondition,
  HeaderCondition,
  MethodCondition,
  NonExistenceCondition,
  PathCondition,
  assertCondition,
}
