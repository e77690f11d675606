'use strict'

const { parseArgs } = require('node:util')
const { ServeFailure } = require('./failure')
const { OPTIONS, REFUSED } = require('./options')

/** Options that the table of settings does not know: they are answered at once. */
const QUESTIONS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } }

const TAKES_VALUE = new Map()
/** The names of options that have another one as well. */
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
 * Reads the command line of `serve`.
 *
 * @param {string[]} argv what comes after `serve`.
 * @returns {{ target: string | undefined, given: Map<string, string[] | boolean>, asks: 'help' | 'version' | null }}
 *   `given`: the texts of each option by its name, in order; a flag is true, or false after `--no-`.
 * @throws {ServeFailure} for an option that is not known, with the nearest one, for one that is refused, with the reason, and
 *   for a value too many or too few.
 */
function readArguments(argv) {
  const options = { ...QUESTIONS }
  for (const [name, takesValue] of TAKES_VALUE) options[name] = { type: takesValue ? 'string' : 'boolean' }
  // Not strict: Node's own words span several lines and suggest nothing.
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
  if (targets.length > 1) throw usage(`One app is served, and these are ${targets.length}: ${targets.join(' ')}`)
  return { target: targets[0], given, asks: null }
}

function take({ name, rawName, value }, given) {
  const takesValue = TAKES_VALUE.get(name)
  if (REFUSED.has(name)) throw usage(`${rawName} is not taken: ${REFUSED.get(name)}`)
  if (takesValue === undefined) throw usage(`There is no option ${rawName}.${suggestion(rawName)}`)
  if (!takesValue) {
    if (value !== undefined) throw usage(`${rawName} takes no value, and got ${JSON.stringify(value)}`)
    const isNegated = name.startsWith('no-')
    given.set(isNegated ? name.slice(3) : name, !isNegated)
  } else {
    if (value === undefined) throw usage(`${rawName} needs a value`)
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
 * Gives the known name that a mistyped one is nearest to, `undefined` when none is near.
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

/** How many characters have to be inserted, removed or replaced to make one text of the other. */
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
