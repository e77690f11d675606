'use strict'

const { parseArgs } = require('node:util')
const { ServeFailure } = require('./failure')
const { OPTIONS, REFUSED } = require('./options')

/** Options that are not settings. */
const QUESTIONS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } }

const TAKES_VALUE = new Map()
/** Options by their names, including uvicorn's names. */
const NAMES = new Map()
for (const { name, also, type } of OPTIONS) {
  const isFlag = type === 'flag' || type === 'switch'
  TAKES_VALUE.set(name, !isFlag)
  if (also !== undefined) {
    TAKES_VALUE.set(also, !isFlag)
    NAMES.set(also, name)
  }
  if (isFlag) TAKES_VALUE.set(`no-${name}`, false)
}

/**
 * Parses the command line of `serve`.
 *
 * @param {string[]} argv the arguments after `serve`.
 * @returns {{ target: string | undefined, given: Map<string, string[] | boolean>, asks: 'help' | 'version' | null }}
 *   `given`: the values of each option by its name, in order; a flag is true, or false with `--no-`.
 * @throws {ServeFailure} for an unknown option, with the nearest one; for a refused one, with the reason; and for a
 *   missing or unexpected value.
 */
function readArguments(argv) {
  const options = { ...QUESTIONS }
  for (const [name, takesValue] of TAKES_VALUE) options[name] = { type: takesValue ? 'string' : 'boolean' }
  // Not strict, because Node's messages have several lines and no suggestions.
  const { tokens } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map()
  const targets = []
  for (const token of tokens) {
    if (token.kind === 'positional') targets.push(token.value)
    else if (token.kind === 'option') {
      if (Object.hasOwn(QUESTIONS, token.name)) return { target: undefined, given, asks: token.name }
      take(token, given)
    }
  }
  if (targets.length > 1) throw usage(`Expected one app, got ${targets.length}: ${targets.join(' ')}`)
  return { target: targets[0], given, asks: null }
}

function take({ name, rawName, value }, given) {
  const takesValue = TAKES_VALUE.get(name)
  if (REFUSED.has(name)) throw usage(`${rawName} is not supported: ${REFUSED.get(name)}`)
  if (takesValue === undefined) throw usage(`Unknown option ${rawName}.${suggestion(rawName)}`)
  if (!takesValue) {
    if (value !== undefined) throw usage(`${rawName} takes no value, got ${JSON.stringify(value)}: leave it out`)
    const isNegated = name.startsWith('no-')
    given.set(isNegated ? name.slice(3) : name, !isNegated)
  } else {
    if (value === undefined) throw usage(`${rawName} needs a value: see python-node serve --help`)
    const key = NAMES.get(name) ?? name
    if (given.has(key)) given.get(key).push(value)
    else given.set(key, [value])
  }
}

function usage(message) {
  return new ServeFailure(message, { exitCode: 2 })
}

function suggestion(rawName) {
  const nearest = nearestTo(rawName.replace(/^-+/, ''), [...TAKES_VALUE.keys(), ...Object.keys(QUESTIONS)])
  return nearest === undefined ? ' See python-node serve --help' : ` Did you mean --${nearest}?`
}

/**
 * Finds the name nearest to a mistyped one; `undefined` if none is near.
 *
 * @param {string} name
 * @param {string[]} names
 * @returns {string | undefined}
 */
function nearestTo(name, names) {
  let best
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const each of names) {
    const distance = distanceOf(name, each)
    if (distance < least) [best, least] = [each, distance]
  }
  return best ?? names.find((each) => name.length > 2 && each.startsWith(name))
}

/** The edit distance (Levenshtein) of two texts. */
function distanceOf(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[to.length]
}

module.exports = { nearestTo, readArguments, usage }
