// Decodes values from Python, in the format of ValueKind.swift.
'use strict'

const native = require('native')
const { create } = require('./errors')
const { codes } = require('./value-writer')

const { none: NONE, no: NO, yes: YES, int32: INT32, whole: WHOLE, float: FLOAT, big: BIG } = native.values
const { short: SHORT, text: TEXT, wide: WIDE, bytes: BYTES, array: ARRAY, list: LIST, dict: DICT } = native.values
const { bytesApart: BYTES_APART, arrayApart: ARRAY_APART } = native.values
/** The classes of typed arrays by their codes. Unsigned bytes become a Uint8Array. */
const classes = { __proto__: null }
for (const [name, code] of Object.entries(codes)) {
  classes[code.charCodeAt(0)] = code === 'B' ? Uint8Array : globalThis[name]
}
/** Characters up to which a loop reads faster than a call. */
const FEW = 12
const { fromCharCode } = String

/** Decodes values one after the other. */
class ValueReader {
  #data
  #at
  #blocks
  // The index of the next block.
  #block = 0

  /**
   * @param {Buffer} octets
   * @param {Buffer[]} [apart] blocks that the octets refer to; values use their memory
   * @param {number} [from] where the first value begins
   */
  constructor(octets, apart = [], from = 0) {
    this.#data = octets
    this.#blocks = apart
    this.#at = from
  }

  /**
   * Decodes the next value. Bytes become Buffers, arrays of numbers typed arrays, tuples arrays, and ints beyond 2^53 bigints.
   * @returns {any}
   * @throws {AsgiError} `ERR_ASGI_INTERNAL` if it is not a value
   */
  next() {
    const kind = this.#data[this.#at++]
    switch (kind) {
      case NONE:
        return null
      case NO:
        return false
      case YES:
        return true
      case INT32:
        return this.#number32() | 0
      case WHOLE:
      case FLOAT:
        return this.#data.readDoubleLE((this.#at += 8) - 8)
      case BIG: {
        const digits = this.#latin1(this.#number32())
        return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
      }
      case SHORT:
      case TEXT:
      case WIDE:
        return this.#text(kind)
      case BYTES:
        return Buffer.from(this.#bytes(this.#length()))
      case BYTES_APART:
        return this.#nextBlock(this.#length())
      case ARRAY: {
        const Type = classes[this.#data[this.#at++]]
        return copied(Type, this.#bytes(this.#length()))
      }
      case ARRAY_APART: {
        const Type = classes[this.#data[this.#at++]]
        return typed(Type, this.#nextBlock(this.#length()))
      }
      case LIST: {
        const count = this.#number32()
        const list = []
        for (let i = 0; i < count; i++) list.push(this.next())
        return list
      }
      case DICT:
        return this.#dict()
      default:
        throw create('ERR_ASGI_INTERNAL', `Internal error, please report it: unknown value kind ${kind}`)
    }
  }

  #dict() {
    const count = this.#number32()
    const object = {}
    for (let i = 0; i < count; i++) {
      const name = this.#text(this.#data[this.#at++])
      const value = this.next()
      if (name === '__proto__') define(object, name, value)
      else object[name] = value
    }
    return object
  }

  #text(kind) {
    const data = this.#data
    if (kind === SHORT) {
      const count = data[this.#at++]
      const start = this.#at
      const end = this.#at += count
      if (count <= FEW) {
        let text = ''
        let i = start
        for (; i < end && data[i] < 0x80; i++) text += fromCharCode(data[i])
        if (i === end) return text
      }
      return data.toString('utf8', start, end)
    }
    const length = this.#length()
    const start = this.#at
    this.#at += length
    return data.toString(kind === TEXT ? 'utf8' : 'utf16le', start, this.#at)
  }

  #latin1(count) {
    const start = this.#at
    return this.#data.latin1Slice(start, this.#at += count)
  }

  #bytes(count) {
    const start = this.#at
    return this.#data.subarray(start, this.#at += count)
  }

  /** The next block, joined if it was too long for one record. */
  #nextBlock(count) {
    const blocks = this.#blocks
    if (blocks[this.#block]?.length === count) return blocks[this.#block++]
    const whole = Buffer.allocUnsafeSlow(count)
    let filled = 0
    while (filled < count) {
      if (this.#block >= blocks.length) {
        throw create('ERR_ASGI_INTERNAL', 'Internal error, please report it: a block of a value is missing')
      }
      whole.set(blocks[this.#block], filled)
      filled += blocks[this.#block++].length
    }
    return whole
  }

  #number32() {
    const data = this.#data
    const at = this.#at
    this.#at += 4
    return (data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)) >>> 0
  }

  #length() {
    return this.#number32() + this.#number32() * 2 ** 32
  }
}

/** Decodes one value: see ValueReader. */
function read(octets, apart, from) {
  return new ValueReader(octets, apart, from).next()
}

/** Defines `__proto__` as a plain property, which assigning does not do. */
function define(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

/** A typed array with a copy of bytes, which need not be aligned. */
function copied(Type, bytes) {
  const array = new Type(bytes.length / Type.BYTES_PER_ELEMENT)
  new Uint8Array(array.buffer).set(bytes)
  return array
}

/** A typed array over the memory of a block, or a copy if that is not aligned. */
function typed(Type, bytes) {
  const size = Type.BYTES_PER_ELEMENT
  if (bytes.byteOffset % size !== 0) return copied(Type, bytes)
  return new Type(bytes.buffer, bytes.byteOffset, bytes.length / size)
}

module.exports = { read }
