'use strict'

// The syntax of environment files as python-dotenv reads it. Whitespace spans lines only where `\s` says so.
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

/** `${NAME}`, or `${NAME:-text}` with a text for where there is no such variable. */
const VARIABLE = /\$\{([^}:]*)(?::-([^}]*))?\}/g

/** Reads tokens of a text, one after the other. */
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

  /** Takes what a sticky expression matches here; `null` where it does not. */
  take(expression) {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#text)
    if (match !== null) this.#at = expression.lastIndex
    return match
  }

  /** Takes a value in quotes, in which a backslash escapes what follows; gives what is between them, `null` without an end. */
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
 * Parses `KEY=value` lines as python-dotenv does, without expanding variables.
 *
 * @param {string} text
 * @returns {{ entries: [string, string | null][], wrong: number[] }} `entries` in order, a name that comes twice included,
 *   `null` for one without `=`; `wrong`: the numbers of the lines that cannot be read and are left out.
 */
function parseEntries(text) {
  // As text files are read: a file of Windows begins with a mark and has other line ends.
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

/** Takes a line, or several where a quoted value has them; gives `null`, in the midst of it, when it is none. */
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
    // A comment has whitespace before it: what else begins with # is a value.
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
 * Parses `KEY=value` lines as python-dotenv does: `${NAME}` is the variable of the environment, else of a line above it.
 *
 * @param {string} text
 * @param {Record<string, string | undefined>} env
 * @returns {{ values: Record<string, string>, wrong: number[] }} `wrong` as of `parseEntries`.
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
