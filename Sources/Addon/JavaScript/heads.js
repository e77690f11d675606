// Headers of requests, and heads of responses.
'use strict'

const { defines: DEFINES, noShape: NO_SHAPE } = require('native').records
const { headerName, headerValue } = require('./checks')
const { create, shown } = require('./errors')
const symbols = require('./symbols')

function invalidHeaders(value) {
  const text = 'Expected Request: headers must be an object, [name, value] pairs, or alternating names and values'
  return create('ERR_ASGI_EXPECTED_REQUEST', `${text}, got ${shown(value)}`)
}

/** Alternating names and values of the requests that are being sent, in a reused array. */
class HeaderList {
  items = []
  used = 0

  /**
   * Appends a request's headers: a flat array, a `Headers`, a plain object or pairs. A getter or an iterator may send another
   * request meanwhile, whose headers are appended after these and removed again.
   */
  read(headers) {
    if (headers === undefined || headers === null) return
    if (typeof headers[symbols.flat] === 'function') headers = headers[symbols.flat]()
    if (Array.isArray(headers)) return this.readArray(headers)
    if (typeof headers[Symbol.iterator] === 'function') return this.readPairs(headers)
    if (typeof headers !== 'object') {
      throw invalidHeaders(headers)
    }
    this.readObject(headers)
  }

  readObject(headers) {
    const { items } = this
    for (const name in headers) {
      // A getter may send another request, so `used` is read after it.
      const value = headers[name]
      if (typeof value !== 'string') {
        this.addOdd(headers, name, value)
      } else if (Object.hasOwn(headers, name)) {
        items[this.used] = name
        items[this.used + 1] = value
        this.used += 2
      }
    }
  }

  addOdd(headers, name, value) {
    if (value === undefined || !Object.hasOwn(headers, name)) return
    if (!Array.isArray(value)) return this.add(name, headerValue(value))
    for (const one of value) this.add(name, headerValue(one))
  }

  readArray(headers) {
    if (headers.length > 0 && typeof headers[0] !== 'string') return this.readPairs(headers)
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const name = headers[i]
      const value = headers[i + 1]
      if (typeof name === 'string' && typeof value === 'string') this.add(name, value)
      else this.add(headerName(name), headerValue(value))
    }
  }

  readPairs(headers) {
    for (const pair of headers) {
      if (!Array.isArray(pair)) throw invalidHeaders(pair)
      this.add(headerName(pair[0]), headerValue(pair[1]))
    }
  }

  add(name, value) {
    this.items[this.used] = name
    this.items[this.used + 1] = value
    this.used += 2
  }
}

/** A list of header names, shared by all response heads with these names. */
class Shape {
  /** The last object made, and its values. */
  #object = null
  #objectValues = null

  /** @param {string[]} names in lower case */
  constructor(names) {
    this.names = names
    /** The values of the last head of this shape. */
    this.values = []
    /** @internal A cache of js/http/wire.js for these names. */
    this.wire = null
    this.isPlain = new Set(names).size === names.length && names.every((name) => !(name in Object.prototype))
  }

  /** `{ name: value }`: a copy of the previous object with changed values, which is faster than adding properties. */
  object(values) {
    const { names } = this
    const before = this.#objectValues
    if (before === null) {
      const first = {}
      for (let i = 0; i < names.length; i++) first[names[i]] = values[i]
      this.#object = { ...first }
      this.#objectValues = values
      return first
    }
    const made = { ...this.#object }
    if (before === values) return made
    for (let i = 0; i < names.length; i++) if (values[i] !== before[i]) made[names[i]] = values[i]
    return made
  }
}

/** The head of a response, or its trailers: names and values in the application's order. */
class Head {
  /** @param {Shape} shape @param {string[]} values shared with other heads; read-only */
  constructor(shape, values) {
    this.shape = shape
    this.values = values
  }

  /** How many headers there are. */
  get size() {
    return this.values.length
  }

  /** A new list `[name, value, name, value, …]`. */
  flat() {
    const { names } = this.shape
    const { values } = this
    const list = []
    for (let i = 0; i < names.length; i++) list.push(names[i], values[i])
    return list
  }

  /** A new `{ name: value }`, with an array where a name has several values. */
  object() {
    return this.shape.isPlain ? this.shape.object(this.values) : grouped(this.shape.names, this.values)
  }
}

function grouped(names, values) {
  const headers = {}
  for (let i = 0; i < names.length; i++) {
    const name = names[i]
    if (!Object.hasOwn(headers, name)) define(headers, name, values[i])
    else if (typeof headers[name] === 'string') define(headers, name, [headers[name], values[i]])
    else headers[name].push(values[i])
  }
  return headers
}

/** Defines a property: assigning would fail for `__proto__` and for read-only properties of Object.prototype. */
function define(headers, name, value) {
  Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true })
}

const NO_HEAD = new Head(new Shape([]), [])

/** Decodes the heads in a batch's records: see Head in Records.swift. */
class HeadReader {
  #shapes = []
  /** Where the last head's numbers end, as an index, and its octets, in bytes. */
  end = 0
  octetsEnd = 0

  /**
   * @param {Uint32Array} numbers of the batch
   * @param {number} at the head's index
   * @param {Buffer} bytes the same memory
   * @returns {Head}
   */
  read(numbers, at, bytes) {
    const word = numbers[at]
    const count = numbers[at + 1]
    const masks = (count + 31) >> 5
    let place = at + 2 + masks
    let text = ''
    let textAt = 0
    let shape
    if (word < DEFINES) {
      shape = this.#shapes[word]
      if (isNothing(numbers, at + 2, masks)) {
        this.end = place
        this.octetsEnd = place << 2
        return new Head(shape, shape.values)
      }
      text = this.#text(numbers, place, countOf(numbers, at + 2, masks), bytes)
    } else {
      const sent = countOf(numbers, at + 2, masks)
      text = this.#text(numbers, place, count + sent, bytes)
      const names = []
      for (let i = 0; i < count; i++) {
        const length = numbers[place++]
        names.push(internalized(text.substring(textAt, textAt += length)))
      }
      shape = new Shape(names)
      if (word !== NO_SHAPE) this.#shapes[word - DEFINES] = shape
    }
    const values = shape.values.slice()
    for (let i = 0; i < count; i++) {
      if ((numbers[at + 2 + (i >> 5)] & (1 << (i & 31))) === 0) continue
      const length = numbers[place++]
      values[i] = text.substring(textAt, textAt += length)
    }
    shape.values = values
    return new Head(shape, values)
  }

  #text(numbers, place, count, bytes) {
    let total = 0
    for (let i = 0; i < count; i++) total += numbers[place + i]
    this.end = place + count
    const start = (place + count) << 2
    this.octetsEnd = start + total
    return bytes.latin1Slice(start, start + total)
  }
}

function isNothing(numbers, at, masks) {
  for (let i = 0; i < masks; i++) if (numbers[at + i] !== 0) return false
  return true
}

/** The number of set bits. */
function countOf(numbers, at, masks) {
  let count = 0
  for (let i = 0; i < masks; i++) {
    for (let bits = numbers[at + i]; bits !== 0; bits &= bits - 1) count++
  }
  return count
}

/** The text as V8's internalized string, which is faster as a key. */
function internalized(text) {
  return Object.keys({ [text]: null })[0]
}

module.exports = { HeaderList, HeadReader, NO_HEAD }
