'use strict'

// The tokens of environment files, as in python-dotenv. Only `\s` matches line ends.
const BLANK = /\s*/y
const EXPORT = /export[^\S\n]+/y
const QUOTED_NAME = /'([^']+)'/y
const NAME = /[^=#\s]+/y
const EQUALS = /[^\S\n]*=[^\S\n]*/y
const PLAIN = /[^\n]*/y
const LINE_END = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y
const REST = /[^\n]*\n?/y

const SINGLE_ESCAPE = /\\([\\'])/g
const DOUBLE_ESCAPE = /\\([\\'"abfnrtv])/g
const CONTROLS = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** `${NAME}`, or `${NAME:-text}` with a default. */
const VARIABLE = /\$\{([^}:]*)(?::-([^}]*))?\}/g

/** Reads tokens from a text. */
class Reader {
  #text
  #at = 0

  constructor(text) {
    this.#text = text
  }

  get isAtEnd() {
    return this.#at === this.#text.length
  }

  get next() {
    return this.#text.charAt(this.#at)
  }

  get at() {
    return this.#at
  }

  /** Consumes the match of a sticky expression; `null` if there is none. */
  take(expression) {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#text)
    if (match !== null) this.#at = expression.lastIndex
    return match
  }

  /** Consumes a quoted value with backslash escapes and returns its content; `null` without a closing quote. */
  takeQuoted() {
    const quote = this.next
    let end = this.#at + 1
    while (this.#text[end] !== quote) {
      if (end >= this.#text.length) return null
      end += this.#text[end] === '\\' ? 2 : 1
    }
    const value = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return value
  }
}

/**
 * Parses `KEY=value` lines like python-dotenv, without expanding variables.
 *
 * @param {string} text
 * @returns {{ entries: [string, string | null][], wrong: number[] }} `entries` in order, including repeated names, with
 *   `null` for a name without `=`; `wrong`: the numbers of invalid lines.
 */
function parseEntries(text) {
  // Removes a byte order mark and Windows line ends.
  const content = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n')
  const reader = new Reader(content)
  const entries = []
  const wrong = []
  for (;;) {
    reader.take(BLANK)
    if (reader.isAtEnd) return { entries, wrong }
    const { at } = reader
    const entry = takeEntry(reader)
    if (entry === null) {
      wrong.push(lineAt(content, at))
      reader.take(REST)
    } else if (entry.name !== null) {
      entries.push([entry.name, entry.value])
    }
  }
}

function lineAt(text, position) {
  return text.slice(0, position).split('\n').length
}

/**
 * Consumes an entry, which has several lines if its quoted value has; returns `null`, in mid-line, if it is invalid.
 */
function takeEntry(reader) {
  reader.take(EXPORT)
  let name = null
  if (reader.next !== '#') {
    name = reader.take(reader.next === "'" ? QUOTED_NAME : NAME)
    if (name === null) return null
  }
  let value = null
  const equals = reader.take(EQUALS)
  if (equals !== null) {
    // A # without whitespace before it belongs to the value.
    const isEmpty = reader.next === '#' && !equals[0].endsWith('=')
    value = isEmpty ? '' : takeValue(reader)
    if (value === null) return null
  }
  return reader.take(LINE_END) === null ? null : { name: name && (name[1] ?? name[0]), value }
}

function takeValue(reader) {
  switch (reader.next) {
    case "'":
      return reader.takeQuoted()?.replaceAll(SINGLE_ESCAPE, '$1') ?? null
    case '"':
      return reader.takeQuoted()?.replaceAll(DOUBLE_ESCAPE, (_, letter) => CONTROLS[letter] ?? letter) ?? null
    default:
      return reader.take(PLAIN)[0].replace(/\s+#.*/, '').trimEnd()
  }
}

/**
 * Parses `KEY=value` lines like python-dotenv: `${NAME}` is a variable of the environment, or else of an earlier line.
 *
 * @param {string} text
 * @param {Record<string, string | undefined>} env
 * @returns {{ values: Record<string, string>, wrong: number[] }} `wrong`: see `parseEntries`.
 */
function parseEnv(text, env) {
  const { entries, wrong } = parseEntries(text)
  const known = new Map()
  for (const [name, value] of entries) known.set(name, value && expanded(value, known, env))
  return { values: Object.fromEntries([...known].filter(([, value]) => value !== null)), wrong }
}

function expanded(value, known, env) {
  return value.replaceAll(VARIABLE, (_, name, otherwise = '') => {
    if (Object.hasOwn(env, name) && env[name] !== undefined) return env[name]
    return known.has(name) ? known.get(name) ?? '' : otherwise
  })
}

module.exports = { parseEnv }
