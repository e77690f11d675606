// Encodes values for Python, in the format of ValueKind.swift.
'use strict'

const native = require('native')
const checks = require('./checks')
const { create } = require('./errors')

const { blockSize } = native.records
const { none: NONE, no: NO, yes: YES, int32: INT32, whole: WHOLE, float: FLOAT, big: BIG } = native.values
const { short: SHORT, text: TEXT, wide: WIDE, bytes: BYTES, array: ARRAY, list: LIST, dict: DICT } = native.values
const { bytesApart: BYTES_APART, arrayApart: ARRAY_APART } = native.values
/** The codes of typed arrays: the format characters of Python's `struct`. */
const codes = Object.freeze({
  __proto__: null,
  Int8Array: 'b',
  Uint8ClampedArray: 'B',
  Int16Array: 'h',
  Uint16Array: 'H',
  Int32Array: 'i',
  Uint32Array: 'I',
  BigInt64Array: 'q',
  BigUint64Array: 'Q',
  Float32Array: 'f',
  Float64Array: 'd',
})
/** How deeply a value may be nested: less than Python's recursion limit. */
const MAX_DEPTH = 200
/** The initial size of a writer's memory, and the largest that it keeps for reuse. */
const INITIAL_SIZE = 4 << 10
const MAX_KEPT_SIZE = 64 << 10
/** Characters up to which a loop writes faster than a call. */
const FEW = 32
/** The largest block in bytes, because a record's length has 32 bits. */
const MAX_BLOCK = 1 << 30
const halfPair = /\p{Surrogate}/u

/**
 * Encodes values one after the other: null, booleans, numbers, bigints, strings, Buffers, typed arrays, arrays and objects.
 * Whole numbers become Python's int, others float. Properties that are undefined are left out.
 *
 * `ValueWriter.allocate()` returns one. Call `release()` after `data` was sent.
 */
class ValueWriter {
  /** A free writer, or null: a getter of an object being encoded may need a second one. @type {ValueWriter | null} */
  static #spare = null
  buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  length = 0
  /** Large Buffers and typed arrays that `data` refers to, in order; they share the program's memory. */
  blocks = []
  /** Whether large Buffers and typed arrays go to `blocks` instead of `data`. */
  isSplit = true

  /** Returns a writer, which the caller must release. */
  static allocate() {
    const writer = ValueWriter.#spare ?? new ValueWriter()
    ValueWriter.#spare = null
    return writer
  }

  /** The encoded values, valid until `release()`. */
  get data() {
    return this.buffer.subarray(0, this.length)
  }

  /** The size of data and blocks in bytes. */
  get total() {
    let { length } = this
    for (const block of this.blocks) length += block.length
    return length
  }

  /** Makes the writer available for reuse. */
  release() {
    // The memory of large data may still be in use.
    if (this.buffer.length > MAX_KEPT_SIZE || this.length >= blockSize) {
      this.buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE)
    }
    this.length = 0
    if (this.blocks.length > 0) this.blocks = []
    this.isSplit = true
    ValueWriter.#spare = this
  }

  /** Adds octets. */
  octets(octets) {
    const at = this.reserve(octets.length)
    for (let i = 0; i < octets.length; i++) this.buffer[at + i] = octets[i]
  }

  /** Writes how many values follow. */
  count(count) {
    this.number32(this.reserve(4), count)
  }

  /**
   * Encodes a value.
   * @param {any} value
   * @param {object[]} around the objects that contain it
   * @throws {AsgiError} `ERR_ASGI_INVALID_EVENT` if Python has no such value
   */
  value(value, around) {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'boolean':
        return this.kind(value ? YES : NO)
      case 'number':
        if (value === (value | 0)) {
          const at = this.reserve(5)
          this.buffer[at] = INT32
          return this.number32(at + 1, value)
        }
        // Whole numbers beyond 2^53 are not exact, so they stay floats.
        return this.double(Number.isSafeInteger(value) ? WHOLE : FLOAT, value)
      case 'bigint':
        return this.big(value)
      case 'object':
        return value === null ? this.kind(NONE) : this.object(value, around)
      default:
        throw create(
          'ERR_ASGI_INVALID_EVENT',
          `Invalid event: expected data, got a ${typeof value}, which Python cannot receive`,
        )
    }
  }

  object(value, around) {
    if (ArrayBuffer.isView(value)) {
      const name = checks.typeOf(value)
      if (name === 'Uint8Array') return this.bytes(checks.body(value), 0)
      const code = codes[name]
      if (code !== undefined) return this.bytes(checks.body(value), code.charCodeAt(0))
    }
    if (around.includes(value)) {
      throw create('ERR_ASGI_INVALID_EVENT', 'Invalid event: an object contains itself, expected no cycles')
    }
    if (around.length >= MAX_DEPTH) {
      throw create(
        'ERR_ASGI_INVALID_EVENT',
        `Invalid event: expected at most ${MAX_DEPTH} levels of objects and arrays`,
      )
    }
    around.push(value)
    if (Array.isArray(value)) this.list(value, around)
    else this.dict(value, around)
    around.pop()
  }

  list(items, around) {
    this.kind(LIST)
    const { length } = items
    this.count(length)
    for (let i = 0; i < length; i++) this.value(items[i] ?? null, around)
  }

  dict(value, around) {
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      const name = value.constructor?.name ?? 'class'
      throw create('ERR_ASGI_INVALID_EVENT', `Invalid event: expected a plain object, got one of class ${name}`)
    }
    this.kind(DICT)
    this.members(value, around)
  }

  /** Writes the number of an object's properties, then their names and values. */
  members(value, around) {
    const at = this.reserve(4)
    let count = 0
    for (const name of Object.keys(value)) {
      const item = value[name]
      if (item === undefined) continue
      this.text(name)
      this.value(item, around)
      count++
    }
    this.number32(at, count)
  }

  text(text) {
    const { length } = text
    if (length <= FEW) {
      const at = this.reserve(2 + length)
      const { buffer } = this
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        buffer[at + 2 + i] = code
      }
      if (i === length) {
        buffer[at] = SHORT
        buffer[at + 1] = length
        return
      }
      this.length = at
    }
    const at = this.reserve(9 + (length < INITIAL_SIZE ? 3 * length : Buffer.byteLength(text)))
    const written = this.buffer.write(text, at + 9, 'utf8')
    if (written !== length && halfPair.test(text)) {
      this.length = at
      return this.wide(text)
    }
    this.head(at, TEXT, written)
    this.length = at + 9 + written
  }

  /** Text with a lone surrogate, which UTF-8 cannot encode. */
  wide(text) {
    const bytes = 2 * text.length
    const at = this.reserve(9 + bytes)
    this.head(at, WIDE, bytes)
    this.buffer.write(text, at + 9, 'utf16le')
  }

  big(value) {
    // Hexadecimal, because Python refuses to parse long decimal numbers.
    const digits = value.toString(16)
    const at = this.reserve(5 + digits.length)
    this.buffer[at] = BIG
    this.number32(at + 1, digits.length)
    this.buffer.write(digits, at + 5, 'latin1')
  }

  /** @param {Buffer} bytes @param {number} code the typed array's; 0 for bytes */
  bytes(bytes, code) {
    const { length } = bytes
    const isApart = this.isSplit && length >= blockSize
    let at = this.reserve(code === 0 ? 9 : 10)
    if (code !== 0) {
      this.buffer[at++] = isApart ? ARRAY_APART : ARRAY
      this.head(at, code, length)
    } else {
      this.head(at, isApart ? BYTES_APART : BYTES, length)
    }
    if (!isApart) {
      at = this.reserve(length)
      this.buffer.set(bytes, at)
      return
    }
    if (length <= MAX_BLOCK) this.blocks.push(bytes)
    else for (at = 0; at < length; at += MAX_BLOCK) this.blocks.push(bytes.subarray(at, at + MAX_BLOCK))
  }

  double(kind, value) {
    const at = this.reserve(9)
    this.buffer[at] = kind
    this.buffer.writeDoubleLE(value, at + 1)
  }

  kind(kind) {
    // Before `this.buffer` is read, which it may replace.
    const at = this.reserve(1)
    this.buffer[at] = kind
  }

  /** Writes a kind, or a code, and a length. */
  head(at, kind, length) {
    this.buffer[at] = kind
    this.number32(at + 1, length % 2 ** 32)
    this.number32(at + 5, Math.floor(length / 2 ** 32))
  }

  number32(at, number) {
    const { buffer } = this
    buffer[at] = number
    buffer[at + 1] = number >>> 8
    buffer[at + 2] = number >>> 16
    buffer[at + 3] = number >>> 24
  }

  /** Reserves memory. @returns {number} where it begins */
  reserve(bytes) {
    const at = this.length
    this.length += bytes
    if (this.length > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.length, 2 * this.buffer.length))
      larger.set(this.buffer.subarray(0, at))
      this.buffer = larger
    }
    return at
  }
}

module.exports = { codes, ValueWriter }
