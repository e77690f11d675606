'use strict'

const {
  ExistenceCondition,
  GroupCondition,
  HeaderCondition,
  MethodCondition,
  NonExistenceCondition,
  PathCondition,
} = require('./conditions')
const { core } = require('../binding')
const { invalid } = require('./pattern')
const {
  ConditionalRewriter,
  HeaderRewriter,
  HrefRewriter,
  MethodRewriter,
  PathRewriter,
  RequestRewriter,
  SequenceRewriter,
} = require('./rewriters')

const PATTERN = 'pattern: string | RegExp'

// By type: the class and the names of its arguments. A `pattern` can be a RegExp; the others are strings.

const CONDITIONS = {
  path: { make: PathCondition, args: ['pattern'] },
  header: { make: HeaderCondition, args: ['name', 'pattern'] },
  method: { make: MethodCondition, args: ['pattern'] },
  exists: { make: ExistenceCondition, args: [] },
  not_exists: { make: NonExistenceCondition, args: [] },
}

const REWRITERS = {
  path: { make: PathRewriter, args: ['pattern', 'replacement'] },
  href: { make: HrefRewriter, args: ['pattern', 'replacement'] },
  header: { make: HeaderRewriter, args: ['name', 'pattern', 'replacement'] },
  method: { make: MethodRewriter, args: ['method'] },
}

/** A rewriter made from plain data: blocks of conditions and rewriters, which run in order. */
class Rewriter extends RequestRewriter {
  #sequence

  /**
   * @param {Array<object>} blocks each `{ operation?, conditions?, rewriters }`. All conditions must hold (`operation:
   *   'and'`, the default), or one (`'or'`); without conditions a block always runs. A condition or rewriter is
   *   `{ type, args? }`.
   * @throws {AsgiError} `ERR_ASGI_INVALID_REWRITER`, which names the type and its arguments.
   */
  constructor(blocks) {
    super()
    if (!Array.isArray(blocks)) throw invalid('Rewriter', 'an array of { operation, conditions, rewriters }', blocks)
    this.#sequence = new SequenceRewriter(blocks.map(block))
  }

  /** @returns {Request} a new one. */
  rewrite(request, docroot) {
    return this.#sequence.rewrite(request, docroot)
  }
}

function block(description) {
  if (description === null || typeof description !== 'object') {
    throw invalid('Rewriter', 'a block { operation, conditions, rewriters }', description)
  }
  const { operation = 'and', conditions = [], rewriters } = core.checks.owned(description)
  if (operation !== 'and' && operation !== 'or') throw invalid('operation', "'and' or 'or'", operation)
  if (!Array.isArray(conditions)) throw invalid('conditions', 'an array of { type, args }', conditions)
  if (!Array.isArray(rewriters)) throw invalid('rewriters', 'an array of { type, args }', rewriters)
  const sequence = new SequenceRewriter(rewriters.map((one) => make('rewriter', REWRITERS, one)))
  if (conditions.length === 0) return sequence
  const group = new GroupCondition(operation, conditions.map((one) => make('condition', CONDITIONS, one)))
  return new ConditionalRewriter(group, sequence)
}

function make(kind, types, description) {
  const { type, args = [] } = core.checks.owned(description)
  if (typeof type !== 'string' || !Object.hasOwn(types, type)) {
    throw invalid(`${kind} type`, `one of ${Object.keys(types).join(', ')}`, type)
  }
  const { make: Class, args: names } = types[type]
  const isRight = Array.isArray(args) && args.length === names.length &&
    args.every((arg, index) => typeof arg === 'string' || (names[index] === 'pattern' && arg instanceof RegExp))
  if (!isRight) throw invalid(`arguments of the ${kind} ${type}`, signature(names), args)
  return new Class(...args)
}

function signature(names) {
  return `[${names.map((name) => (name === 'pattern' ? PATTERN : `${name}: string`)).join(', ')}]`
}

module.exports = { Rewriter }
