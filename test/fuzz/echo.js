'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')

/** The part of a request's body that identifies its echo. */
function sha1(bytes) {
  return createHash('sha1').update(bytes).digest('hex')
}

/**
 * Returns the path and query on the wire for those of a program, by the rules of URLs, not by the code under test.
 *
 * @param {string} text
 * @returns {string | null} `null` for what cannot be sent.
 */
function wireTarget(text) {
  const target = text.split('#', 1)[0]
  let result = ''
  for (const character of target) {
    const point = character.codePointAt(0)
    if (point < 0x20 || point === 0x7f || (point >= 0xd800 && point <= 0xdfff)) return null
    if (point > 0x20 && point < 0x7f) result += character
    else for (const byte of Buffer.from(character)) result += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return result
}

/** Splits a target where the query begins. */
function splitTarget(target) {
  const mark = target.indexOf('?')
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

/**
 * Checks that an answer of echoes_whole is that of a request.
 *
 * @param {Buffer} answer the body.
 * @param {{ method: string, target: string, headers: Array<[string, string]>, body: Buffer }} request as it was sent;
 *   of the headers those that are known to be the request's own.
 */
function assertEcho(answer, { method, target, headers, body }) {
  const [path, query] = splitTarget(target)
  if (method === 'HEAD') return assert.equal(answer.length, 0)
  if (path.startsWith('/pieces/')) return assert.equal(sha1(answer), sha1(body), 'the body came back another')
  const expected = path.startsWith('/early/') ? Buffer.alloc(0) : body
  assert.deepEqual(JSON.parse(answer), {
    method,
    path,
    query,
    headers,
    length: expected.length,
    sha1: sha1(expected),
  })
}

const MODES = ['whole', 'late', 'slow', 'pieces', 'early']

module.exports = { MODES, assertEcho, sha1, splitTarget, wireTarget }
