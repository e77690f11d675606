'use strict'

const { declaredLength, responseHeaders } = require('./wire')

/** How many heads are kept, and how long they may be. */
const MOST = 256
const LONGEST = 512

/**
 * What was made of heads for HTTP/1 before: most of an application's are equal, and Node compares names that it has seen
 * faster than those that were just cut out of a text. (64 connections, `thread: 'node'`: 4,900 of 99,700 instructions.)
 */
const known = new Map()

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
  if (head.length > LONGEST) return read
  // Heads that never come again have taken all places.
  if (known.size >= MOST) known.clear()
  read.list = list.map(interned)
  known.set(Buffer.from(head, 'latin1').toString('latin1'), read)
  return read
}

/** A text of its own: what was cut out of a batch keeps all of it. V8 keeps one copy of texts that are keys. */
function interned(text) {
  return Object.keys({ [Buffer.from(text, 'latin1').toString('latin1')]: null })[0]
}

module.exports = { readHead }
