'use strict'

const { core } = require('../binding')
const { declaredLength, responseHeaders } = require('./wire')

/**
 * What was made of heads for HTTP/1 before: most of an application's are equal, and Node compares names that it has seen
 * faster than those that were just cut out of a text. (64 connections, `thread: 'node'`: 4,900 of 99,700 instructions.)
 */
const known = new core.HeadCache()

/**
 * Gives the headers of a response for HTTP/1, and the length that they declare.
 *
 * @param {string} head as the core delivers it.
 * @returns {{ list: string[], length: number | null }} `list`: shared, nobody may change it; `length`: null where it does
 *   not say.
 * @throws {AsgiError} `ERR_ASGI_INVALID_HEADER_VALUE`, see declaredLength.
 */
function readHead(head) {
  const found = known.get(head)
  if (found !== undefined) return found
  const list = responseHeaders(head, true)
  const read = { list, length: declaredLength(list) }
  if (!known.takes(head)) return read
  read.list = list.map(interned)
  known.keep(head, read)
  return read
}

/** A text of its own, of which V8 keeps one copy, as of all that are keys. */
function interned(text) {
  return Object.keys({ [core.ownText(text)]: null })[0]
}

module.exports = { readHead }
