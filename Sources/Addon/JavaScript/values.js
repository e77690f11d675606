// Scopes and events of any protocol as text: JSON, whose arrays begin with what they are, since JSON has no bytes.
;(function (core) {
  'use strict'

  const { create } = core.errors

  // An array's first item: a list, bytes, an integer too large for a number, a float that JSON cannot say.
  const LIST = 'l'
  const BYTES = 'b'
  const INTEGER = 'i'
  const FLOAT = 'f'
  // A typed array: the code that Python's struct has for its items comes next.
  const ARRAY = 'a'
  const arrays = Object.freeze({
    __proto__: null,
    b: Int8Array,
    B: Uint8ClampedArray,
    h: Int16Array,
    H: Uint16Array,
    i: Int32Array,
    I: Uint32Array,
    q: BigInt64Array,
    Q: BigUint64Array,
    f: Float32Array,
    d: Float64Array,
  })
  /** How deep a value may be: beyond, Python's own limit would be met. */
  const DEEPEST = 200

  /**
   * Writes a value: null, booleans, numbers, bigints, strings, Buffers and typed arrays, arrays, and objects of these.
   * Whole numbers become Python's int, others float; what is undefined is left out of an object.
   *
   * @param {any} value
   * @returns {Buffer}
   * @throws {AsgiError} `ERR_ASGI_INVALID_EVENT` for anything else.
   */
  function write(value) {
    return Buffer.from(JSON.stringify(marked(value, [])))
  }

  function marked(value, around) {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        if (!Number.isFinite(value)) return [FLOAT, Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf']
        // A whole number beyond what is exact would be read as an integer that it is not.
        return Number.isInteger(value) && !Number.isSafeInteger(value) ? [FLOAT, String(value)] : value
      case 'bigint':
        // Hexadecimal: Python refuses decimal text of many digits.
        return [INTEGER, value.toString(16)]
      case 'object':
        return value === null ? null : markedObject(value, around)
      default:
        throw create('ERR_ASGI_INVALID_EVENT', `Invalid event: a ${typeof value} cannot be sent to Python`)
    }
  }

  function markedObject(value, around) {
    if (value instanceof Uint8Array) {
      return [BYTES, base64(value)]
    }
    if (ArrayBuffer.isView(value)) {
      const code = Object.keys(arrays).find((each) => value instanceof arrays[each])
      if (code !== undefined) return [ARRAY, code, base64(value)]
    }
    if (around.includes(value)) throw create('ERR_ASGI_INVALID_EVENT', 'Invalid event: an object contains itself')
    if (around.length >= DEEPEST) {
      throw create('ERR_ASGI_INVALID_EVENT', `Invalid event: deeper than ${DEEPEST} objects and arrays`)
    }
    const inside = [...around, value]
    if (Array.isArray(value)) return [LIST, ...value.map((item) => marked(item ?? null, inside))]
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      const name = value.constructor?.name ?? 'class'
      throw create('ERR_ASGI_INVALID_EVENT', `Invalid event: an object of class ${name} cannot be sent to Python`)
    }
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(entries.map(([name, item]) => [name, marked(item, inside)]))
  }

  function base64(view) {
    return core.checks.body(view).toString('base64')
  }

  /**
   * Reads a value: bytes become Buffers, arrays of numbers typed arrays, tuples arrays, an int beyond 2^53 a bigint.
   *
   * @param {Buffer} data
   * @returns {any}
   */
  function read(data) {
    return JSON.parse(data.toString(), (_name, value) => Array.isArray(value) ? plain(value) : value)
  }

  function plain([kind, ...items]) {
    switch (kind) {
      case LIST:
        return items
      case BYTES:
        return Buffer.from(items[0], 'base64')
      case ARRAY:
        return typed(arrays[items[0]], Buffer.from(items[1], 'base64'))
      case INTEGER:
        return items[0].startsWith('-') ? -BigInt(`0x${items[0].slice(1)}`) : BigInt(`0x${items[0]}`)
      default:
        return items[0] === 'nan' ? Number.NaN : items[0] === 'inf' ? Infinity : -Infinity
    }
  }

  /** A typed array of these bytes, which may lie at any place in their memory. */
  function typed(Type, bytes) {
    // Single bytes are what Python has bytes for.
    const array = new (Type === Uint8ClampedArray ? Uint8Array : Type)(bytes.length / Type.BYTES_PER_ELEMENT)
    Buffer.from(array.buffer).set(bytes)
    return array
  }

  core.values = Object.freeze({ read, write })
})
//# sourceURL=python-node/core/values.js
