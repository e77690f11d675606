'use strict'

const { core } = require('../binding')
const { declaredLength, responseHeaders } = require('./wire')

/**
 * What was made of heads for HTTP/1 before: most of an application's are equal, and Node compares names that it has seen
 * faster than those that were just cut out of a text. (64 connections, `thread: 'node'`: 4,900 of 99,700 instructions.)
 */
const known = new core.HeadCache()

/** What of a head is more than text to Node. */
const SPECIAL = new Set(['connection', 'expect', 'trailer'])

/**
 * @typedef {object} ReadHead
 * @property {string[]} list `[name, value, …]`; shared, nobody may change it.
 * @property {number | null} length that it declares; null where it does not say.
 * @property {boolean} isPlain its length is known, and nothing of it is more than text to Node.
 * @property {object | null} written what Node has made of it: see written-heads.js.
 */

/**
 * Gives the headers of a response for HTTP/1, and the length that they declare.
 *
 * @param {string} head as the core delivers it.
 * @returns {ReadHead}
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`, see declaredLength.
 */
function readHead(head) {
  const found = known.get(head)
  if (found !== undefined) return found
  const list = responseHeaders(head, true)
  const read = { list, length: declaredLength(list), isPlain: false, written: null }
  if (!known.takes(head)) return read
  read.list = list.map(interned)
  read.isPlain = read.length !== null && !list.some((name, index) => index % 2 === 0 && SPECIAL.has(name))
  known.keep(head, read)
  return read
}

/** A text of its own, of which V8 keeps one copy, as of all that are keys. */
function interned(text) {
  return Object.keys({ [core.ownText(text)]: null })[0]
}

module.exports = { readHead }
