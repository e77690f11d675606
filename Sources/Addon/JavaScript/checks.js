// What may be in a request, and how it is written on the way to Python.
'use strict'

const { create } = require('./errors')

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/
const plainTarget = /^[\x21-\x7e]+$/
const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/
const commonMethods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** Names that were looked at, in lower case: most are the same few. */
const names = new Map()
const MOST_NAMES = 256
const LONGEST_NAME = 64

/** The name in lower case; throws ERR_ASGI_INVALID_HEADER_NAME for what is no token. */
function headerName(name) {
  const known = names.get(name)
  if (known !== undefined) return known
  if (typeof name !== 'string' || !token.test(name)) {
    throw create('ERR_ASGI_INVALID_HEADER_NAME', `Invalid header name: ${String(name)}`)
  }
  const lower = name.toLowerCase()
  if (names.size < MOST_NAMES && name.length <= LONGEST_NAME) names.set(name, lower)
  return lower
}

/** Whether a value is text without control characters and those above U+00FF. */
function isSendable(value) {
  return typeof value === 'string' && !forbiddenInValue.test(value)
}

/** The value as a string; throws ERR_ASGI_INVALID_HEADER_VALUE for control characters and those above U+00FF. */
function headerValue(value) {
  if (typeof value === 'number' || typeof value === 'boolean') value = String(value)
  if (!isSendable(value)) {
    throw create('ERR_ASGI_INVALID_HEADER_VALUE', `Invalid header value: ${JSON.stringify(value) ?? String(value)}`)
  }
  return value
}

/** The method in upper case; throws ERR_ASGI_INVALID_METHOD for what is no token. */
function method(name) {
  if (commonMethods.has(name)) return name
  if (typeof name !== 'string' || !token.test(name)) throw create('ERR_ASGI_INVALID_METHOD')
  return name.toUpperCase()
}

// What typed arrays themselves know of their memory. Properties of the same names can be anything.
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
 * A Buffer whose length is that of its memory, for one that may say otherwise: the one that is given, where it does not.
 * @throws ERR_ASGI_INVALID_BODY for what only looks like a Buffer
 */
function octets(value) {
  if (isTyped(value) === undefined) throw create('ERR_ASGI_INVALID_BODY', undefined, { input: typeof value })
  const isPlain = Object.getPrototypeOf(value) === bufferPrototype && !Object.hasOwn(value, 'length') &&
    !Object.hasOwn(value, 'subarray')
  return isPlain ? value : Buffer.from(memoryOf(value), offsetOf(value), bytesOf(value))
}

/** The body as a Buffer that shares its memory where it can, or null. */
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
  throw create('ERR_ASGI_INVALID_BODY', undefined, { input: typeof value })
}

/**
 * Splits a url into what the scope needs.
 * @param {string} url absolute, or relative to the host
 * @returns {{ scheme: string, authority: string, target: string }} `target` is path and query as sent, in ASCII
 */
function target(url) {
  if (typeof url !== 'string' || url === '') throw create('ERR_ASGI_INVALID_URL')
  if (url.charCodeAt(0) === 47) return { scheme: '', authority: '', target: pathAndQuery(url) }
  const parts = absolute.exec(url)
  if (parts === null) {
    // `*` is what OPTIONS sends; other relative urls have no base here.
    if (url === '*') return { scheme: '', authority: '', target: url }
    throw create('ERR_ASGI_INVALID_URL')
  }
  if (!isURL(url, parts[2])) throw create('ERR_ASGI_INVALID_URL')
  const rest = parts[3].startsWith('/') ? parts[3] : `/${parts[3]}`
  return { scheme: parts[1].toLowerCase(), authority: parts[2], target: pathAndQuery(rest) }
}

/** Hosts that need no parser: names whose last label is no number, and no encoded ones. */
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

/** A path and query in ASCII: other characters percent-encoded as UTF-8; a fragment is dropped. */
function pathAndQuery(text) {
  const hash = text.indexOf('#')
  if (hash !== -1) text = text.slice(0, hash)
  if (plainTarget.test(text)) return text
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) throw create('ERR_ASGI_INVALID_URL')
  try {
    return text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  } catch (error) {
    // Half a surrogate pair cannot be written as UTF-8.
    throw create('ERR_ASGI_INVALID_URL', undefined, { cause: error })
  }
}

/** Whether it is an Object.prototype, of this realm or another. */
function isOfAll(object) {
  return Object.getPrototypeOf(object) === null && Object.hasOwn(object, 'hasOwnProperty')
}

/** Whether an object has a property itself, or a class of its does: not only because all objects have it. */
function isItsOwn(object, name) {
  let holder = object
  while (!Object.hasOwn(holder, name)) {
    holder = Object.getPrototypeOf(holder)
    if (holder === null) return false
  }
  return holder === object || !isOfAll(holder)
}

/**
 * A property as an object says it, or its class: what was put on all objects (`Object.prototype`) says nothing of this one.
 * @param {any} object
 * @param {string} name
 */
function own(object, name) {
  const value = object[name]
  return value === undefined || typeof object !== 'object' || isItsOwn(object, name) ? value : undefined
}

/**
 * As `own`, where every nanosecond counts: the caller reads both, and V8 knows that all objects have nothing of that name.
 * @param {any} value the object's
 * @param {any} everybodys that of Object.prototype
 */
function said(object, name, value, everybodys) {
  return everybodys === undefined || value !== everybodys || isItsOwn(object, name) ? value : undefined
}

/** What an object has itself, without a prototype: for options, and what was read from JSON. */
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
  target,
  pathAndQuery,
  own,
  said,
  owned,
})
