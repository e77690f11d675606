'use strict'

/**
 * The formats of a date in HTTP: the current one, and two obsolete ones that a server must accept (RFC 9110, 5.6.7).
 */
const IMF = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const RFC_850 = /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

/**
 * Returns the validators of a file (RFC 9110, 8.8): the headers that change when the file does.
 *
 * @param {{ size: number, modified: bigint }} file
 * @param {string} encoding of the file; empty for none.
 * @returns {{ etag: string, lastModified: string, seconds: number }} `seconds`: `lastModified` in seconds since 1970.
 */
function validatorsOf({ size, modified }, encoding) {
  // A time in the future is replaced by now, else clients would regard the next change as older.
  const seconds = Math.min(Number(modified / 1_000_000_000n), Math.floor(Date.now() / 1000))
  const etag = `"${size.toString(16)}-${modified.toString(16)}${encoding === '' ? '' : `-${encoding}`}"`
  return { etag, lastModified: new Date(seconds * 1000).toUTCString(), seconds }
}

/**
 * Evaluates the conditions of a GET or HEAD, in the order of RFC 9110, 13.2.2.
 *
 * @param {Record<string, string | undefined>} headers of the request.
 * @param {{ etag: string, seconds: number }} validators of the file.
 * @returns {200 | 304 | 412}
 */
function evaluate(headers, { etag, seconds }) {
  const match = headers['if-match']
  if (match !== undefined) {
    if (!hasTag(match, (each) => each === etag)) return 412
  } else {
    const unmodified = secondsOf(headers['if-unmodified-since'])
    if (unmodified !== null && seconds > unmodified) return 412
  }
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) return hasTag(noneMatch, (each) => each.replace(/^W\//, '') === etag) ? 304 : 200
  const modified = secondsOf(headers['if-modified-since'])
  return modified !== null && seconds <= modified ? 304 : 200
}

/**
 * Whether the file is still the one of which the client has a part (RFC 9110, 13.1.5).
 *
 * @param {string | undefined} header `If-Range`.
 * @param {{ etag: string, lastModified: string }} validators of the file.
 * @returns {boolean}
 */
function isSameForRange(header, { etag, lastModified }) {
  return header === undefined || header === etag || header === lastModified
}

function hasTag(header, isEqual) {
  return header.trim() === '*' || (header.match(TAG) ?? []).some(isEqual)
}

/** Parses a date in a header to seconds since 1970; null if it is not a date. */
function secondsOf(text) {
  if (text === undefined) return null
  const isDate = IMF.test(text) || RFC_850.test(text)
  const value = isDate ? Date.parse(text) : ASCTIME.test(text) ? Date.parse(`${text} GMT`) : NaN
  return Number.isNaN(value) ? null : value / 1000
}

module.exports = { evaluate, isSameForRange, validatorsOf }
