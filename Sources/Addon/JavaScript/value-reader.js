// Decodes values from Python, in the format of ValueKind.swift.
'use strict'

const { create } = require('./errors')
const { kinds, codes } = require('./value-writer')

const { NONE, NO, YES, INT32, WHOLE, FLOAT, BIG, SHORT, TEXT, WIDE, BYTES, ARRAY, LIST, DICT } = kinds
const { BYTES_APART, ARRAY_APART } = kinds
/** The classes of typed arrays by their codes. Unsigned bytes become a Uint8Array. */
const classes = { __proto__: null }
for (const [name, code] of Object.entries(codes)) {
  classes[code.charCodeAt(0)] = code === 'B' ? Uint8Array : globalThis[name]
}
/** Characters up to which a loop reads faster than a call. */
const FEW = 12
const NOTHING = []
const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const { fromCharCode } = String

// The state of the current read. Decoding calls no other code, so reads do not nest.
let data = Buffer.alloc(0)
let at = 0
let blocks = NOTHING
let block = 0

/**
 * Decodes a value. Bytes become Buffers, arrays of numbers typed arrays, tuples arrays, and ints beyond 2^53 bigints.
 *
 * @param {Buffer} octets
 * @param {Buffer[]} [apart] blocks that the octets refer to; values use their memory
 * @param {number} [from] where the value begins
 * @returns {any}
 * @throws {AsgiError} `ERR_ASGI_INTERNAL` if it is not a value
 */
function read(octets, apart = NOTHING, from = 0) {
  data = octets
  at = from
  blocks = apart
  block = 0
  const value = next()
  data = EMPTY
  blocks = NOTHING
  return value
}

const EMPTY = data

function next() {
  const kind = data[at++]
  switch (kind) {
    case NONE:
      return null
    case NO:
      return false
    case YES:
      return true
    case INT32:
      return number32() | 0
    case WHOLE:
    case FLOAT:
      for (let i = 0; i < 8; i++) doubleBytes[i] = data[at + i]
      at += 8
      return double[0]
    case BIG: {
      const digits = latin1(number32())
      return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
    }
    case SHORT:
    case TEXT:
    case WIDE:
      return text(kind)
    case BYTES:
      return Buffer.from(bytesOf(length()))
    case BYTES_APART:
      return nextBlock(length())
    case ARRAY: {
      const Type = classes[data[at++]]
      return copied(Type, bytesOf(length()))
    }
    case ARRAY_APART: {
      const Type = classes[data[at++]]
      return typed(Type, nextBlock(length()))
    }
    case LIST: {
      const count = number32()
      const list = []
      for (let i = 0; i < count; i++) list.push(next())
      return list
    }
    case DICT:
      return dict()
    default:
      throw create('ERR_ASGI_INTERNAL', `Internal error, please report it: unknown value kind ${kind}`)
  }
}

function dict() {
  const count = number32()
  const object = {}
  for (let i = 0; i < count; i++) {
    const name = text(data[at++])
    const value = next()
    if (name === '__proto__') define(object, name, value)
    else object[name] = value
  }
  return object
}

/** Defines `__proto__` as a plain property, which assigning does not do. */
function define(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

function text(kind) {
  if (kind === SHORT) {
    const count = data[at++]
    const end = at + count
    if (count <= FEW) {
      let text = ''
      let i = at
      for (; i < end && data[i] < 0x80; i++) text += fromCharCode(data[i])
      if (i === end) {
        at = end
        return text
      }
    }
    at = end
    return data.toString('utf8', end - count, end)
  }
  const start = at + 8
  const end = start + length()
  at = end
  return data.toString(kind === TEXT ? 'utf8' : 'utf16le', start, end)
}

function latin1(count) {
  at += count
  return data.latin1Slice(at - count, at)
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

function bytesOf(count) {
  at += count
  return data.subarray(at - count, at)
}

/** The next block, joined if it was too long for one record. */
function nextBlock(count) {
  if (blocks[block]?.length === count) return blocks[block++]
  const whole = Buffer.allocUnsafeSlow(count)
  let filled = 0
  while (filled < count) {
    if (block >= blocks.length) {
      throw create('ERR_ASGI_INTERNAL', 'Internal error, please report it: a block of a value is missing')
    }
    whole.set(blocks[block], filled)
    filled += blocks[block++].length
  }
  return whole
}

function number32() {
  at += 4
  return (data[at - 4] | (data[at - 3] << 8) | (data[at - 2] << 16) | (data[at - 1] << 24)) >>> 0
}

function length() {
  return number32() + number32() * 2 ** 32
}

module.exports = { read }
