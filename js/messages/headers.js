'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

const { headerName, headerValue } = core.checks

/** Key of the static method that wraps a flat list of valid entries without copying it. */
const kWrap = Symbol('wrap')

/**
 * The headers of a request or a response.
 *
 * Names are case-insensitive and kept lower-case; entries stay in the order in which they were added, and a name may
 * have several values. A value is bytes: each character from U+0000 to U+00FF is one byte on the wire.
 */
class Headers {
  // One flat list, [name, value, name, value, …]: the form in which headers are sent to Python, and the cheapest to make.
  #list = []

  /**
   * @param {Record<string, string | string[]> | Iterable<[string, string | string[]]>} [init] entries to start with.
   * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`.
   */
  constructor(init) {
    if (init === undefined || init === null) return
    if (init instanceof Headers) {
      this.#list = init.#list.slice()
      return
    }
    const entries = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init)
    for (const [name, value] of entries) {
      // In node:http's types a missing header is undefined.
      if (typeof value === 'string') this.#list.push(headerName(name), headerValue(value))
      else if (value !== undefined) this.#list.push(...checked(name, value))
    }
  }

  /**
   * Wraps a flat list of lower-case names and valid values.
   *
   * @param {string[]} list `[name, value, …]`; owned by the returned object.
   * @returns {Headers}
   */
  static [kWrap](list) {
    const headers = new Headers()
    headers.#list = list
    return headers
  }

  /** The number of different names. */
  get size() {
    const names = new Set()
    for (let i = 0; i < this.#list.length; i += 2) names.add(this.#list[i])
    return names.size
  }

  /**
   * Returns the last value of a name.
   *
   * @param {string} name
   * @returns {string | null} `null` if there is none.
   */
  get(name) {
    const key = String(name).toLowerCase()
    for (let i = this.#list.length - 2; i >= 0; i -= 2) {
      if (this.#list[i] === key) return this.#list[i + 1]
    }
    return null
  }

  /**
   * Returns all values of a name, in order.
   *
   * @param {string} name
   * @returns {string[]} empty if there is none.
   */
  getAll(name) {
    const key = String(name).toLowerCase()
    const values = []
    for (let i = 0; i < this.#list.length; i += 2) {
      if (this.#list[i] === key) values.push(this.#list[i + 1])
    }
    return values
  }

  /**
   * Returns the values of a name joined with `,`.
   *
   * @param {string} name
   * @returns {string | null} `null` if there is none.
   */
  getLine(name) {
    const values = this.getAll(name)
    return values.length === 0 ? null : values.join(',')
  }

  /**
   * Whether a name has a value.
   *
   * @param {string} name
   * @returns {boolean}
   */
  has(name) {
    return this.get(name) !== null
  }

  /**
   * Replaces all values of a name, at the position of the first old one, or at the end.
   *
   * @param {string} name
   * @param {string | string[]} value an empty array removes the name.
   * @returns {boolean} whether the name had a value before.
   * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`; then nothing has changed.
   */
  set(name, value) {
    const entries = checked(name, value)
    const key = headerName(name)
    const first = indexOf(this.#list, key)
    if (first === -1) {
      this.#list.push(...entries)
      return false
    }
    const rest = without(this.#list, key)
    rest.splice(first, 0, ...entries)
    this.#list = rest
    return true
  }

  /**
   * Appends values to those of a name.
   *
   * @param {string} name
   * @param {string | string[]} value
   * @returns {boolean} whether the name had a value before.
   * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_NAME`, `ERR_ASGI_INVALID_HEADER_VALUE`; then nothing has changed.
   */
  add(name, value) {
    const entries = checked(name, value)
    const existed = this.has(name)
    this.#list.push(...entries)
    return existed
  }

  /**
   * Removes a name with all its values.
   *
   * @param {string} name
   * @returns {boolean} whether the name had a value.
   */
  delete(name) {
    const key = String(name).toLowerCase()
    const rest = without(this.#list, key)
    const existed = rest.length !== this.#list.length
    this.#list = rest
    return existed
  }

  /** Removes everything. */
  clear() {
    this.#list = []
  }

  /** @returns {Array<[string, string]>} one `[name, value]` for each value. */
  entries() {
    const entries = []
    for (let i = 0; i < this.#list.length; i += 2) entries.push([this.#list[i], this.#list[i + 1]])
    return entries
  }

  /** @returns {string[]} the names, one for each value. */
  keys() {
    return this.#list.filter((_, index) => index % 2 === 0)
  }

  /** @returns {string[]} the values. */
  values() {
    return this.#list.filter((_, index) => index % 2 === 1)
  }

  /**
   * Calls a function for each value.
   *
   * @param {(value: string, name: string, headers: Headers) => void} callback
   */
  forEach(callback) {
    for (const [name, value] of this.entries()) callback(value, name, this)
  }

  /** Iterates over a snapshot of the entries. */
  [Symbol.iterator]() {
    return this.entries()[Symbol.iterator]()
  }

  /** @returns {Record<string, string | string[]>} a string for one value, an array for several. */
  toJSON() {
    const values = new Map()
    for (let i = 0; i < this.#list.length; i += 2) {
      const held = values.get(this.#list[i])
      if (held === undefined) values.set(this.#list[i], this.#list[i + 1])
      else if (typeof held === 'string') values.set(this.#list[i], [held, this.#list[i + 1]])
      else held.push(this.#list[i + 1])
    }
    return Object.fromEntries(values)
  }

  /** A copy of the flat list, for the core. */
  [core.symbols.flat]() {
    return this.#list.slice()
  }

  [inspect.custom](depth, options) {
    return `Headers ${inspect(this.toJSON(), options)}`
  }
}

/** Checks a name and its values, and returns flat entries. */
function checked(name, value) {
  const key = headerName(name)
  const entries = []
  for (const one of Array.isArray(value) ? value : [value]) {
    // Numbers are accepted, as in node:http: `{ 'content-length': 5 }`.
    entries.push(key, headerValue(typeof one === 'number' ? String(one) : one))
  }
  return entries
}

function indexOf(list, key) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === key) return i
  }
  return -1
}

function without(list, key) {
  const rest = []
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== key) rest.push(list[i], list[i + 1])
  }
  return rest
}

/**
 * Makes headers from the head of a response.
 *
 * @param {{ flat(): string[] }} head
 * @returns {Headers}
 */
function headersOf(head) {
  return Headers[kWrap](head.flat())
}

/**
 * Copies the headers of a request. Their values are checked later, when it is sent.
 *
 * @param {any} headers a flat array, a Headers, a plain object or pairs.
 * @returns {Headers}
 * @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for anything else; `ERR_ASGI_INVALID_HEADER_NAME` and
 *   `ERR_ASGI_INVALID_HEADER_VALUE` for values that are not strings.
 */
function copyOf(headers) {
  const list = new core.HeaderList()
  list.read(headers)
  return Headers[kWrap](list.items.map((part, at) => at % 2 === 0 ? part.toLowerCase() : part))
}

module.exports = { Headers, copyOf, headersOf }
