// Validates the parts of a request and converts them to what Python is sent.
'use strict'

const { codes, create, shown } = require('./errors')

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line no-control-regex -- it finds control characters
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/
const plainTarget = /^[\x21-\x7e]+$/
const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/
const commonMethods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** What a header's value may be, for error messages. */
const SENDABLE = 'Latin-1 without control characters'

/** How many names are cached, and their greatest length. */
const MAX_NAMES = 256
const MAX_NAME_LENGTH = 64

/** Checks names of headers. The first valid ones are cached with their lower-case forms. */
class HeaderNames {
  #known = new Map()

  lower(name) {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    if (typeof name !== 'string' || !token.test(name)) {
      throw create(
        'ERR_ASGI_INVALID_HEADER_NAME',
        `Invalid header name: ${String(name)}, expected a token such as content-type`,
      )
    }
    const lower = name.toLowerCase()
    if (this.#known.size < MAX_NAMES && name.length <= MAX_NAME_LENGTH) this.#known.set(name, lower)
    return lower
  }
}

const headerNames = new HeaderNames()

/** The name in lower case; throws ERR_ASGI_INVALID_HEADER_NAME unless it is a token. */
function headerName(name) {
  return headerNames.lower(name)
}

/** Whether a value is a string without control characters and characters above U+00FF. */
function isSendable(value) {
  return typeof value === 'string' && !forbiddenInValue.test(value)
}

/** The value as a string; throws ERR_ASGI_INVALID_HEADER_VALUE for control characters and characters above U+00FF. */
function headerValue(value) {
  if (typeof value === 'number' || typeof value === 'boolean') value = String(value)
  if (!isSendable(value)) {
    const text = JSON.stringify(value) ?? String(value)
    throw create('ERR_ASGI_INVALID_HEADER_VALUE', `Invalid header value: ${text}, expected ${SENDABLE}`)
  }
  return value
}

/** The method in upper case; throws ERR_ASGI_INVALID_METHOD unless it is a token. */
function method(name) {
  if (commonMethods.has(name)) return name
  if (typeof name !== 'string' || !token.test(name)) {
    const text = `${codes.ERR_ASGI_INVALID_METHOD}: expected a word such as GET, got ${shown(name)}`
    throw create('ERR_ASGI_INVALID_METHOD', text)
  }
  return name.toUpperCase()
}

// The intrinsic getters of typed arrays: own properties with the same names could say anything.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const intrinsic = (prototype, name) =>
  Function.prototype.call.bind(Object.getOwnPropertyDescriptor(prototype, name).get)
const memoryOf = intrinsic(typedArray, 'buffer')
const offsetOf = intrinsic(typedArray, 'byteOffset')
const bytesOf = intrinsic(typedArray, 'byteLength')
const isTyped = intrinsic(typedArray, Symbol.toStringTag)
const viewed = ['buffer', 'byteOffset', 'byteLength'].map((name) => intrinsic(DataView.prototype, name))
const bufferPrototype = Buffer.prototype

/**
 * Returns a Buffer with the true length of its memory: the same one, unless its properties or methods were overridden.
 * @throws ERR_ASGI_INVALID_BODY for an object that only looks like a Buffer
 */
function octets(value) {
  if (isTyped(value) === undefined) throw invalidBody(value)
  const isPlain = Object.getPrototypeOf(value) === bufferPrototype && !Object.hasOwn(value, 'length') &&
    !Object.hasOwn(value, 'subarray')
  return isPlain ? value : Buffer.from(memoryOf(value), offsetOf(value), bytesOf(value))
}

/** The body as a Buffer, which shares the value's memory if possible, or null. */
function body(value) {
  if (value === undefined || value === null) return null
  if (Buffer.isBuffer(value)) return octets(value)
  if (typeof value === 'string') return Buffer.from(value)
  if (ArrayBuffer.isView(value)) {
    if (isTyped(value) !== undefined) return octets(value)
    const [memory, offset, length] = viewed.map((get) => get(value))
    return Buffer.from(memory, offset, length)
  }
  if (value instanceof ArrayBuffer || Object.prototype.toString.call(value) === '[object ArrayBuffer]') {
    return Buffer.from(value)
  }
  throw invalidBody(value)
}

function invalidBody(value) {
  const text = `${codes.ERR_ASGI_INVALID_BODY}, got ${shown(value)}`
  return create('ERR_ASGI_INVALID_BODY', text, { input: typeof value })
}

/**
 * The octets of a message or of a chunk of a body.
 * @throws ERR_ASGI_INVALID_BODY also for null and undefined
 */
function chunk(value) {
  const octets = body(value)
  if (octets !== null) return octets
  throw create('ERR_ASGI_INVALID_BODY', `Expected a Buffer, a Uint8Array or a string, got ${value}: to end, call end()`)
}

/**
 * Splits a URL into the parts that the scope needs.
 * @param {string} url absolute, or relative to the host
 * @returns {{ scheme: string, authority: string, target: string }} `target` is path and query as sent, in ASCII
 */
function target(url) {
  if (typeof url !== 'string' || url === '') throw invalidURL(url)
  if (url.charCodeAt(0) === 47) return { scheme: '', authority: '', target: pathAndQuery(url) }
  const parts = absolute.exec(url)
  if (parts === null) {
    // `OPTIONS *` is valid; other relative URLs have no base.
    if (url === '*') return { scheme: '', authority: '', target: url }
    throw invalidURL(url)
  }
  if (!isURL(url, parts[2])) throw invalidURL(url)
  const rest = parts[3].startsWith('/') ? parts[3] : `/${parts[3]}`
  return { scheme: parts[1].toLowerCase(), authority: parts[2], target: pathAndQuery(rest) }
}

/** @param {string} [expected] what the message asks for */
function invalidURL(url, expected = 'an absolute URL, or a path that begins with /', cause = undefined) {
  const text = `Invalid URL: expected ${expected}, got ${shown(url)}`
  return create('ERR_ASGI_INVALID_URL', text, cause === undefined ? undefined : { cause })
}

/** Hosts that are valid without parsing: names whose last label is not a number. */
const plainHost = /^(?:[A-Za-z0-9-]+\.)*[A-Za-z][A-Za-z0-9]*(?::[0-9]{1,4})?$/

// URL.canParse came with Node 18.17.
function isURL(url, authority) {
  if (plainHost.test(authority) && !/xn--/i.test(authority)) return true
  try {
    return new URL(url).host !== ''
  } catch {
    return false
  }
}

/** Path and query in ASCII: other characters are percent-encoded as UTF-8, and the fragment is dropped. */
function pathAndQuery(text) {
  const hash = text.indexOf('#')
  if (hash !== -1) text = text.slice(0, hash)
  if (plainTarget.test(text)) return text
  // oxlint-disable-next-line no-control-regex -- it finds control characters
  if (/[\x00-\x1f\x7f]/.test(text)) throw invalidURL(text, 'control characters percent-encoded')
  try {
    return text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  } catch (error) {
    // UTF-8 cannot encode a lone surrogate.
    throw invalidURL(text, 'no lone surrogates', error)
  }
}

/** Whether an object is the Object.prototype of this or another realm. */
function isObjectPrototype(object) {
  return Object.getPrototypeOf(object) === null && Object.hasOwn(object, 'hasOwnProperty')
}

/** Whether an object or one of its classes has a property, as opposed to Object.prototype. */
function isItsOwn(object, name) {
  let holder = object
  while (!Object.hasOwn(holder, name)) {
    holder = Object.getPrototypeOf(holder)
    if (holder === null) return false
  }
  return holder === object || !isObjectPrototype(holder)
}

/**
 * Reads a property of an object or its class, but ignores additions to `Object.prototype` (prototype pollution).
 * @param {any} object
 * @param {string} name
 */
function own(object, name) {
  const value = object[name]
  return value === undefined || typeof object !== 'object' || isItsOwn(object, name) ? value : undefined
}

/**
 * Like `own`, for hot paths: the caller reads both values, which V8 optimizes.
 * @param {any} value of the object
 * @param {any} inherited the value of Object.prototype
 */
function ownValue(object, name, value, inherited) {
  return inherited === undefined || value !== inherited || isItsOwn(object, name) ? value : undefined
}

/** A copy with the object's own properties and no prototype, for options and parsed JSON. */
function owned(object) {
  return { __proto__: null, ...object }
}

module.exports = Object.freeze({
  headerName,
  headerValue,
  isSendable,
  bytesOf,
  typeOf: isTyped,
  octets,
  method,
  body,
  chunk,
  target,
  pathAndQuery,
  own,
  ownValue,
  owned,
})
